/** One idempotency key, one outcome: whatever the body has, and whatever became of what the key made. */
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { route } from '../../functions/api/route.ts'
import { jobBatches, jobs } from '../../functions/api/routes/jobs/routes.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { type CommandContext, defineCommand } from '../../shared/define/command.ts'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { request } from '../../shared/define/job.ts'
import { create, defineRecord, put, remove, update } from '../../shared/define/record.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { itemSize } from '../../shared/lib/write.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { apiOf } from '../support/api.ts'
import { appWith, jobType } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const day = 86_400_000
const outboxLifetime = 30 * 86_400
let clock: SimClock
let store: MemoryStore
let deps: ApiDeps
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  deps = { store, clock, ids: simIds(), registry, outboxLifetime } as unknown as ApiDeps
})

const post = (path: '/jobs' | '/job-batches', body: object, key?: string) =>
  apiOf([...jobs, ...jobBatches], deps)({ method: 'POST', path, body, key })

/** What DynamoDB does to what has expired. */
async function expire(): Promise<void> {
  for (const table of ['records', 'outbox', 'effects'] as const) {
    for (const { pk, sk, expiresAt } of store.items(table)) {
      if (Number(expiresAt) * 1000 < clock.now().getTime()) await store.write({ op: 'delete', table, key: { pk, sk } })
    }
  }
}

const work = { type: 'work', payload: { label: 'x' } }
const step = (group: string) => ({ type: 'step', payload: { label: 'x', group } })
const marks = () => store.items('records').filter(({ sk }) => sk === 'request')

describe('the key of jobs', () => {
  const bodies: readonly (readonly [string, '/jobs' | '/job-batches', object])[] = [
    ['a job', '/jobs', work],
    ['a job with another payload', '/jobs', { ...work, payload: { label: 'y' } }],
    ['a job of a group', '/jobs', step('g')],
    ['a job of another group', '/jobs', step('h')],
    ['a job with a time', '/jobs', { ...work, delaySeconds: 60 }],
    ['a batch', '/job-batches', { jobs: [work, work] }],
    ['a smaller batch', '/job-batches', { jobs: [work] }],
    ['a batch of a group', '/job-batches', { jobs: [step('g'), work] }],
    ['a full batch', '/job-batches', { jobs: Array.from({ length: 100 }, () => work) }],
    ['a full batch that starts with a group', '/job-batches', { jobs: [step('g'), ...Array(99).fill(work)] }],
  ]
  const pairs = bodies.flatMap(([first, path, body]) =>
    bodies
      .filter(([second, other]) => second !== first && other === path)
      .map(([second, , other]) => [first, second, path, body, other] as const),
  )

  it.each(pairs)('refuses, after %s, %s', async (_first, _second, path, body, other) => {
    expect((await post(path, body, 'k')).status).toBe(202)
    const written = store.items('outbox').length
    expect((await post(path, other, 'k')).status).toBe(422)
    expect(store.items('outbox')).toHaveLength(written)
  })

  it.each(bodies)('gives %s again', async (_, path, body) => {
    const first = await post(path, body, 'k')
    clock.advance(90_000)
    expect(await post(path, body, 'k')).toMatchObject({
      status: 202,
      body: first.body,
      headers: { 'idempotency-replayed': 'true' },
    })
  })

  it('is remembered as long as the last of its jobs', async () => {
    const late = { ...work, runAt: new Date(clock.now().getTime() + 300 * day).toISOString() }
    await post('/job-batches', { jobs: [work, late] }, 'k')
    const last = Math.max(...store.items('outbox').map(({ expiresAt }) => Number(expiresAt)))
    expect(marks()).toMatchObject([{ expiresAt: expect.any(Number) }])
    expect(Number(marks()[0]?.expiresAt)).toBeGreaterThanOrEqual(last)
    clock.advance(200 * day)
    await expire()
    expect((await post('/job-batches', { jobs: [step('g')] }, 'k')).status).toBe(422)
  })

  it('is not "exists already" while one of its items is deleted late', async () => {
    const body = { jobs: [work, work] }
    await post('/job-batches', body, 'k')
    for (const { pk, sk } of marks()) await store.write({ op: 'delete', table: 'records', key: { pk, sk } })
    const [item] = store.items('outbox')
    await store.write({ op: 'delete', table: 'outbox', key: { pk: item?.pk, sk: item?.sk } })
    expect((await post('/job-batches', body, 'k')).status).toBe(202)
    expect((await post('/job-batches', { jobs: [work] }, 'k')).status).toBe(202)
  })

  it('that is not given costs nothing', async () => {
    await post('/jobs', work)
    expect(store.items('records')).toEqual([])
    expect(store.items('outbox')[0]).not.toHaveProperty('_request')
  })

  it('adds less than 100 bytes to a job', async () => {
    await post('/jobs', work)
    await post('/jobs', work, 'k')
    const [bare = 0, keyed = 0] = store.items('outbox').map(itemSize)
    expect(keyed - bare).toBeLessThan(100)
  })

  it('of a full batch that was never written does not answer for it', async () => {
    const runAt = new Date(clock.now().getTime() + 30_000).toISOString()
    const body = { jobs: Array.from({ length: 100 }, () => ({ ...work, runAt })) }
    const broken: Store = { ...store, transact: async () => ({ kind: 'busy', reason: 'TransactionConflict' }) }
    const whole = deps
    deps = { ...deps, store: broken }
    expect((await post('/job-batches', body, 'k')).status).toBe(503)
    deps = whole
    clock.advance(200_000)
    expect((await post('/job-batches', body, 'k')).status).toBe(422)
    expect(store.items('outbox')).toEqual([])
  })
})

const note = defineRecord({
  name: 'note',
  schema: z.object({ id: z.string(), text: z.string() }),
  key: ({ id }: { id: string }) => ({ pk: `note#${id}`, sk: 'note' }),
})
type Input = { id?: string; text: string }
const input = z.object({
  id: z.string().optional(),
  text: z.string(),
  at: z.iso.datetime().default(() => clock.now().toISOString()),
})
const commandOf = (change: (input: Input, context: CommandContext) => Change) =>
  defineCommand({ input, creates: note, change })
const job = request(jobType(registry, 'work'), { label: 'x' })
const jobOf = (group: string) => request(jobType(registry, 'step'), { label: 'x', group })

/** Ways to write the first record, and what follows from it. */
const shapes = {
  'creates a record with a job': commandOf(({ text }, { id }) => ({
    records: [create(note, { id, text })],
    jobs: [job],
  })),
  'creates a record with a job of a group': commandOf(({ text }, { id }) => ({
    records: [create(note, { id, text })],
    jobs: [jobOf(text)],
  })),
  'creates a record with a job that has an id': commandOf(({ text }, { id }) => ({
    records: [create(note, { id, text })],
    jobs: [{ ...job, id: '00000000-0000-4000-8000-000000000001' }],
  })),
  'creates a record': commandOf(({ text }, { id }) => ({ records: [create(note, { id, text })] })),
  'creates a record with a key of its own': commandOf(({ text }) => ({
    records: [create(note, { id: 'own', text })],
    jobs: [job],
  })),
  'puts a record': commandOf(({ text }, { id }) => ({ records: [put(note, { id, text })] })),
  'puts a record with a job': commandOf(({ text }, { id }) => ({ records: [put(note, { id, text })], jobs: [job] })),
  'updates a record': commandOf(({ text }, { id }) => ({ records: [update(note, { id }, { set: { id, text } })] })),
  'fills the transaction': commandOf(({ text }, { id }) => ({
    records: [put(note, { id, text })],
    jobs: Array.from({ length: 99 }, () => job),
  })),
} as const
const names = Object.keys(shapes) as (keyof typeof shapes)[]

function connected(through: Store = store) {
  const records = memoryRecords(store)
  return outboxOn({
    store: through,
    records,
    clock,
    ids: deps.ids,
    registry,
    outboxLifetime,
    itemOf: undefined as never,
  })
}
const run = (name: keyof typeof shapes, text: string, idempotencyKey = 'k') =>
  connected().execute(shapes[name], { text }, { idempotencyKey })
async function removeNotes(): Promise<void> {
  for (const { pk, sk } of store.items('records')) {
    if (sk === 'note') await store.write({ op: 'delete', table: 'records', key: { pk, sk } })
  }
}

describe.each(names)('the key of a command that %s', (name) => {
  it('finds what it made, and refuses another body', async () => {
    const first = await run(name, 'a')
    expect(first).toMatchObject({ kind: 'committed', record: { text: 'a' } })
    clock.advance(1_000)
    expect(await run(name, 'a')).toEqual({ kind: 'replayed', record: 'record' in first && first.record })
    expect(await run(name, 'b')).toEqual({ kind: 'key-reused' })
    expect(store.items('records').filter(({ sk }) => sk === 'note')).toHaveLength(1)
  })

  it('says gone once the record was removed, and still refuses another body', async () => {
    await run(name, 'a')
    const jobsBefore = store.items('outbox').length
    await removeNotes()
    expect(await run(name, 'a')).toEqual({ kind: 'gone' })
    expect(await run(name, 'b')).toEqual({ kind: 'key-reused' })
    expect(store.items('records').filter(({ sk }) => sk === 'note')).toEqual([])
    expect(store.items('outbox')).toHaveLength(jobsBefore)
  })

  it('is kept by a change of the code that gives the change another shape', async () => {
    for (const other of names.filter((one) => one !== name && !one.includes('of its own'))) {
      store = memoryStore(clock)
      await run(name, 'a')
      await removeNotes()
      expect(await run(other, 'a'), `after "${other}"`).toEqual({ kind: 'gone' })
      expect(await run(other, 'b'), `after "${other}"`).toEqual({ kind: 'key-reused' })
    }
  })

  it('answers from the record when all else has expired', async () => {
    if (!name.startsWith('creates')) return
    await run(name, 'a')
    clock.advance(40 * day)
    await expire()
    expect(marks()).toEqual([])
    expect(await run(name, 'a')).toMatchObject({ kind: 'replayed', record: { text: 'a' } })
    expect(await run(name, 'b')).toEqual({ kind: 'key-reused' })
  })
})

describe('a record that another request has made', () => {
  const name = 'creates a record with a key of its own'
  it('is a conflict, not an answer', async () => {
    await run(name, 'a', 'first key')
    expect(await run(name, 'a', 'second key')).toEqual({ kind: 'conflict', write: 0 })
  })

  it('in the place of the one that was removed does not bring it back', async () => {
    await run(name, 'a', 'first key')
    await removeNotes()
    expect(await run(name, 'a', 'second key')).toMatchObject({ kind: 'committed' })
    expect(await run(name, 'a', 'first key')).toEqual({ kind: 'gone' })
    expect(await run(name, 'a', 'second key')).toMatchObject({ kind: 'replayed' })
  })
})

it('the place of a conflict is told in the change, whether or not there is a mark before it', async () => {
  const two = commandOf(({ text }, { id }) => ({
    records: [create(note, { id, text }), create(note, { id: 'own', text })],
  }))
  const { commit, execute } = connected()
  await commit({ records: [create(note, { id: 'own', text: 'a' })] })
  expect(await execute(two, { text: 'a' }, { idempotencyKey: 'k' })).toEqual({ kind: 'conflict', write: 1 })
  expect(await execute(two, { text: 'a' })).toEqual({ kind: 'conflict', write: 1 })
})

it('a command that writes no record first is refused before anything is written', async () => {
  const { execute } = connected()
  const removing = commandOf((_, { id }) => ({ records: [remove(note, { id })], jobs: [job] }))
  for (const command of [removing, commandOf(() => ({ jobs: [job] }))]) {
    await expect(execute(command, { text: 'a' }, { idempotencyKey: 'k' })).rejects.toThrow(ChangeRefusedError)
  }
  expect(store.items('outbox')).toEqual([])
})

it('a change that fills a transaction with records is refused under a key, which needs a write of its own', async () => {
  const filled = (count: number) =>
    commandOf(({ text }, { id }) => ({
      records: Array.from({ length: count }, (_, i) => put(note, { id: i === 0 ? id : `${id}-${i}`, text })),
    }))
  const { execute } = connected()
  const refused = execute(filled(100), { text: 'a' }, { idempotencyKey: 'k' })
  await expect(refused).rejects.toThrow(/100 records leave no room .* write 99 at most/)
  expect([...store.items('records'), ...store.items('outbox')]).toEqual([])
  expect(await execute(filled(99), { text: 'a' }, { idempotencyKey: 'k' })).toMatchObject({ kind: 'committed' })
  expect(await execute(filled(100), { text: 'a' })).toMatchObject({ kind: 'committed' })
})

describe('a repetition equals the first request', () => {
  it('although a default is computed', async () => {
    expect(await run('creates a record', 'a')).toMatchObject({ kind: 'committed' })
    clock.advance(5)
    expect(await run('creates a record', 'a')).toMatchObject({ kind: 'replayed' })
  })

  it('although a deploy has added a field with a default', async () => {
    const change = ({ text }: Input, { id }: CommandContext) => ({ records: [create(note, { id, text })] })
    const before = defineCommand({ input: z.object({ text: z.string() }), creates: note, change })
    const after = defineCommand({
      input: z.object({ text: z.string(), lang: z.string().default('en') }),
      creates: note,
      change,
    })
    const ask = (command: typeof before | typeof after, body: object) => {
      const notes = route({
        method: 'POST',
        path: '/notes',
        access: 'caller',
        summary: 'A note',
        command: command as never,
        conflict: 'exists',
      })
      return apiOf([notes], deps)({ method: 'POST', path: '/notes', body, key: 'k' })
    }
    expect((await ask(before, { text: 'a' })).status).toBe(201)
    expect(await ask(after, { text: 'a' })).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } })
    expect((await ask(after, { text: 'a', lang: 'de' })).status).toBe(422)
    await removeNotes()
    expect(await ask(after, { text: 'a' })).toMatchObject({ status: 410, body: { title: 'Gone' } })
  })
})

it('a function that may not read jobs can still use every key', async () => {
  const denied: Store = {
    ...store,
    get(table, key) {
      if (table === 'outbox') throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })
      return store.get(table, key)
    },
  }
  for (const name of names) {
    const { execute } = connected(denied)
    const kinds = [
      await execute(shapes[name], { text: 'a' }, { idempotencyKey: name }),
      await execute(shapes[name], { text: 'a' }, { idempotencyKey: name }),
    ]
    await removeNotes()
    expect(
      kinds.map(({ kind }) => kind),
      name,
    ).toEqual(['committed', 'replayed'])
    for (const { pk, sk } of store.items('outbox'))
      await store.write({ op: 'delete', table: 'outbox', key: { pk, sk } })
  }
})
