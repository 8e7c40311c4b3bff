/** Unique jobs: of the jobs of a key one stands, and a request for another gets its id. */
import { TransactionConflictException } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { jobBatches, jobs } from '../../functions/api/routes/jobs/routes.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { defineCommand } from '../../shared/define/command.ts'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { create, put, update } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { completeWrite, dieWrite, failWrite } from '../../shared/execution/effect/end-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { runAttempt } from '../../shared/execution/run-attempt.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Store } from '../../shared/lib/ports.ts'
import type { Change } from '../../shared/outbox/change.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { sendAgain } from '../../shared/recovery/redrive.ts'
import { apiOf } from '../support/api.ts'
import { counter, lanes } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { memoryTurns } from '../support/memory-indexes.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const schema = z.object({ user: z.string().optional(), other: z.string().optional() })
type Payload = z.infer<typeof schema>
let returned: Change = {}
const base = { schema, run: () => returned, maxAttempts: 1 }
const user = { key: (payload: Payload) => payload.user }
const started = defineJob({ ...base, type: 'started', unique: { ...user, until: 'started' } })
const finished = defineJob({ ...base, type: 'finished', unique: { ...user, until: 'finished' } })
const brief = defineJob({ ...base, type: 'brief', unique: { ...user, until: 'finished', forSeconds: 60 } })
const odd = defineJob({ ...base, type: 'odd', unique: { key: ({ other }) => oddKey(other), until: 'started' } })
const plain = defineJob({ ...base, type: 'plain' })
const registry = defineRegistry([started, finished, brief, odd, plain], lanes)

function oddKey(other = '') {
  if (other === 'throws') throw new TypeError('no key')
  return other
}

let clock: SimClock
let store: MemoryStore
let ids: ReturnType<typeof simIds>
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  ids = simIds()
  returned = {}
})
const outboxLifetime = lifetimes.outbox
const depsOn = (through: Store) => ({ store: through, clock, ids, registry, outboxLifetime }) as unknown as ApiDeps
const post = (body: object, key?: string, through: Store = store) =>
  apiOf(
    [...jobs, ...jobBatches],
    depsOn(through),
  )({
    ...{ method: 'POST', body, key },
    path: 'jobs' in body ? '/job-batches' : '/jobs',
  })
const ann = (type: string, more: object = {}) => ({ type, payload: { user: 'ann' }, ...more })
const commit = (change: Change, through: Store = store) =>
  commitRequest(depsOn(through), { id: ids.fresh(), now: clock.now() }, change)
const written = () => store.items('outbox').map(({ id }) => String(id))
const envelopeOf = (id: string): Envelope => {
  const decoded = decodeItem(store.peek('outbox', { pk: id, sk: id }) ?? {})
  if (decoded.kind !== 'envelope') throw new Error(`no job ${id}`)
  return decoded.envelope
}

async function claim(id: string): Promise<Effect> {
  const { type, createdAt } = envelopeOf(id)
  const leaseUntil = clock.now().getTime() + 16_000
  const holder = { owner: ids.fresh(), now: clock.now(), leaseUntil, expiresAt: 9_999_999_999 }
  const job = { jobId: id, type, createdAt, lane: 'default', maxAttempts: 1, onCrash: 'retry' as const }
  const result = await claimJob(store, { ...job, ...holder }, 0)
  if (result.kind !== 'claimed') throw new Error(result.kind)
  return result.effect
}
async function end(id: string, state: 'succeeded' | 'dead' | 'retrying'): Promise<Effect> {
  const effect = await claim(id)
  const { owner = '' } = effect
  const done = { jobId: id, owner, now: clock.now(), expiresAt: 9_999_999_999 }
  const failed = { ...done, attempt: 1, error: 'no', failures: [] }
  if (state === 'succeeded') await store.write(completeWrite(done))
  if (state === 'dead') await store.write(dieWrite(failed))
  if (state === 'retrying') await store.write(failWrite({ ...failed, notBefore: 0 }))
  return store.peek('effects', { pk: id }) as unknown as Effect
}

describe.each(['started', 'finished'])('a job that is unique until it has %s', (type) => {
  it('stands for the requests of its key, each of which gets its id', async () => {
    const first = await post(ann(type))
    expect(first).toMatchObject({ status: 202, body: { type, status: 'pending' } })
    expect(first.body).not.toHaveProperty('merged')
    const second = await post(ann(type))
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id, type, status: 'pending', merged: true } })
    expect(second.headers.location).toBe(`/jobs/${first.body.id}`)
    expect(written()).toEqual([first.body.id])
  })

  it('does not stand for other keys, other types, or jobs without a key', async () => {
    await post(ann(type))
    const others = [{ type, payload: { user: 'bob' } }, ann(type === 'started' ? 'finished' : 'started')]
    const without = { type, payload: {} }
    for (const body of [...others, without, without]) expect(await post(body)).toMatchObject({ status: 202 })
    expect(written()).toHaveLength(5)
  })

  it('stands while it waits for its time', async () => {
    const { body } = await post(ann(type, { delaySeconds: 3_600 }))
    expect(await post(ann(type))).toMatchObject({ status: 200, body: { id: body.id, status: 'scheduled' } })
  })

  it('stands no more once it is cancelled, has succeeded or is dead', async () => {
    const ends = [
      (id: string) =>
        apiOf(jobActions, { ...depsOn(store), logAction: () => {} })({ method: 'POST', path: `/jobs/${id}/cancel` }),
      (id: string) => end(id, 'succeeded'),
      (id: string) => end(id, 'dead'),
    ]
    for (const ending of ends) {
      const { status, body } = await post(ann(type))
      expect(status).toBe(202)
      await ending(body.id)
    }
    expect(written()).toHaveLength(3)
  })

  it('is one of many requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(ann(type))))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set(written()))
  })

  it('in one change with another of its key is one job', async () => {
    const { status, body } = await post({ jobs: [ann(type), ann('plain'), ann(type)] })
    expect(status).toBe(202)
    const [first, , last] = body.jobs
    expect(last).toEqual({ ...first, merged: true })
    expect(written()).toHaveLength(2)
    const again = await post({ jobs: [ann(type), ann('plain'), ann(type)] })
    expect(again.body.jobs.map(({ id, merged }: { id: string; merged?: true }) => merged && id)).toEqual([
      first.id,
      undefined,
      first.id,
    ])
  })
})

it('a job that is unique until it has started stands no more once an attempt begins', async () => {
  const { body } = await post(ann('started'))
  await end(body.id, 'retrying')
  expect(await post(ann('started'))).toMatchObject({ status: 202 })
})

it('a job that is unique until it has finished stands while it runs and while it waits for a retry', async () => {
  const { body } = await post(ann('finished'))
  await claim(body.id)
  expect(await post(ann('finished'))).toMatchObject({ status: 200, body: { id: body.id, status: 'running' } })
  const second = (await post({ type: 'finished', payload: { user: 'bob' } })).body
  await end(second.id, 'retrying')
  const merged = await post({ type: 'finished', payload: { user: 'bob' } })
  expect(merged).toMatchObject({ status: 200, body: { id: second.id, status: 'retrying' } })
})

it('a job stands for `forSeconds` from its start time at most, and for 30 days', async () => {
  const { body } = await post(ann('brief', { delaySeconds: 100 }))
  clock.advance(159_000)
  expect((await post(ann('brief'))).body.id).toBe(body.id)
  clock.advance(1_000)
  expect(await post(ann('brief'))).toMatchObject({ status: 202 })
  await post(ann('finished'))
  clock.advance(lifetimes.outbox * 1_000 - 1)
  expect(await post(ann('finished'))).toMatchObject({ status: 200 })
  clock.advance(1)
  expect(await post(ann('finished'))).toMatchObject({ status: 202 })
})

it('costs one item more and a read, a request that is merged two reads, and any other job nothing', async () => {
  const count = async (body: object) => {
    const calls = { reads: 0, items: 0 }
    const counted: Store = {
      ...store,
      get(table, key) {
        calls.reads++
        return store.get(table, key)
      },
      transact(writes, token) {
        calls.items += writes.length
        return store.transact(writes, token)
      },
    }
    await post(body, undefined, counted)
    return calls
  }
  expect(await count(ann('plain'))).toEqual({ reads: 0, items: 1 })
  expect(await count(ann('finished'))).toEqual({ reads: 1, items: 2 })
  expect(await count(ann('finished'))).toEqual({ reads: 2, items: 0 })
  await end(written()[1] as string, 'succeeded')
  expect(await count(ann('finished'))).toEqual({ reads: 2, items: 2 })
  expect(await count({ jobs: [ann('finished'), ann('plain')] })).toEqual({ reads: 2, items: 2 })
})

describe('a repetition with the same Idempotency-Key', () => {
  const bodies = [ann('finished'), { jobs: [ann('finished'), ann('plain'), ann('finished')] }]

  it.each(bodies)('gets the first answer, also when the job that stood is gone', async (body) => {
    await post(ann('finished'))
    const first = await post(body, 'k')
    expect(JSON.stringify(first.body)).toContain('"merged":true')
    await end(written()[0] as string, 'succeeded')
    for (const { pk, sk } of store.items('outbox'))
      await store.write({ op: 'delete', table: 'outbox', key: { pk, sk } })
    for (const { pk } of store.items('effects')) await store.write({ op: 'delete', table: 'effects', key: { pk } })
    const again = await post(body, 'k')
    expect(again).toMatchObject({ status: first.status, body: first.body })
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(written()).toEqual([])
  })

  it.each(bodies)('and another body is refused', async (body) => {
    await post(ann('finished'))
    await post(body, 'k')
    const count = written().length
    const other = 'jobs' in body ? { jobs: [ann('plain')] } : ann('plain')
    expect(await post(other, 'k')).toMatchObject({ status: 422 })
    expect(written()).toHaveLength(count)
  })

  it('has one outcome, whichever call of it dies or loses its answer', async () => {
    for (const body of bodies)
      for (const isDone of [true, false])
        for (let dies = 1; dies < 9; dies++) {
          store = memoryStore(clock)
          ids = simIds()
          await post(ann('finished'))
          const [stood = ''] = written()
          await post(body, 'k', dyingAt(store, dies, isDone)).catch(() => undefined)
          // What stood ends before the caller repeats.
          const before = JSON.stringify([store.items('outbox'), store.items('records')])
          await end(stood, 'succeeded')
          const first = await post(body, 'k')
          const second = await post(body, 'k')
          expect(second.body).toEqual(first.body)
          const wasWritten = before.includes('"_request"')
          const [receipt] = first.body.jobs ?? [first.body]
          expect(receipt.id === stood, `${dies} ${isDone} ${JSON.stringify(first)}`).toBe(wasWritten)
        }
  })

  it('of 50 unique jobs leaves no room for what remembers it, and is refused', async () => {
    const jobs = Array.from({ length: 50 }, (_, n) => ({ type: 'started', payload: { user: `u${n}` } }))
    const refused = await post({ jobs }, 'k')
    expect(refused).toMatchObject({ status: 422 })
    expect(JSON.stringify(refused.body)).toContain('each unique job is two writes')
    expect(await post({ jobs: jobs.slice(1) }, 'k')).toMatchObject({ status: 202 })
    const more = [...jobs, { type: 'started', payload: { user: 'more' } }]
    expect(JSON.stringify((await post({ jobs: more })).body)).toContain('a unique job is two writes')
    expect(written()).toHaveLength(49)
  })
})

/** A store whose process dies at a call: nothing comes back from it or a later one. */
function dyingAt(through: Store, at: number, isDone: boolean): Store {
  let calls = 0
  const dying = async <T>(call: () => Promise<T>): Promise<T> => {
    calls++
    if (calls < at || (calls === at && isDone)) {
      const result = await call()
      if (calls < at) return result
    }
    throw new Error('died')
  }
  return {
    write: (write) => dying(() => through.write(write)),
    transact: (writes, token) => dying(() => through.transact(writes, token)),
    get: (table, key) => dying(() => through.get(table, key)),
  }
}

/** Something happens between the look at the key and the transaction. */
function meanwhile(happens: () => Promise<unknown>): Store {
  let isOver = false
  return {
    ...store,
    async transact(writes, token) {
      if (!isOver) {
        isOver = true
        await happens()
      }
      return store.transact(writes, token)
    },
  }
}

describe('a record that is written with a unique job', () => {
  const record = (name: string) => create(counter, { name, count: 0, labels: [] })
  const change = (name: string): Change => ({ records: [record(name)], jobs: [request(started, { user: 'ann' })] })

  it('is written also when the job stands already', async () => {
    const first = await commit(change('a'))
    const second = await commit(change('b'))
    const [id] = written()
    expect(first).toMatchObject({ kind: 'committed', jobs: [{ id }] })
    expect(second).toMatchObject({ kind: 'committed', jobs: [{ id, merged: true, status: 'pending' }] })
    expect(store.items('records')).toHaveLength(2)
  })

  it('gets a job of its own if the one that stood starts before the record is written', async () => {
    await commit(change('a'))
    const [first = ''] = written()
    const result = await commit(
      change('b'),
      meanwhile(() => claim(first)),
    )
    expect(result).toMatchObject({ kind: 'committed' })
    expect(written()).toHaveLength(2)
    expect(store.items('records')).toHaveLength(2)
  })

  it('is written with the job that another request writes meanwhile', async () => {
    const other = () => commit({ jobs: [request(started, { user: 'ann' })] })
    expect(await commit(change('a'), meanwhile(other))).toMatchObject({
      kind: 'committed',
      jobs: [{ id: written()[0], merged: true }],
    })
  })

  it('is not written if it exists, and the conflict names its place', async () => {
    await commit(change('a'))
    const many = { records: [put(counter, { name: 'z', count: 0, labels: [] }), record('a')], jobs: change('a').jobs }
    expect(await commit(many)).toEqual({ kind: 'conflict', write: 1 })
  })

  it('is not written a second time when an answer is lost and the key changes hands', async () => {
    const more = { records: [update(counter, { name: 'a' }, { add: { count: 1 } })], jobs: change('a').jobs }
    let tries = 0
    const lossy: Store = {
      ...store,
      async transact(writes, token) {
        tries++
        if (tries > 1) return store.transact(writes, token)
        await commit({ jobs: [request(started, { user: 'ann' })] })
        return { kind: 'busy', reason: 'TimeoutError', mayBeWritten: true }
      },
    }
    expect(await commit(more, lossy)).toMatchObject({ kind: 'unknown' })
    expect(tries).toBe(2)
  })

  it('is the answer of a command, with the id of the job that stands', async () => {
    const createCounter = defineCommand({
      input: z.object({ name: z.string() }),
      creates: counter,
      change: ({ name }) => change(name),
    })
    const client = clientOn(store)
    const key = { idempotencyKey: 'k' }
    await client.commit({ jobs: [request(started, { user: 'ann' })] })
    const first = await client.execute(createCounter, { name: 'a' }, key)
    expect(first).toMatchObject({ kind: 'committed', jobs: [{ id: written()[0], type: 'started', merged: true }] })
    await end(written()[0] as string, 'succeeded')
    expect(await client.execute(createCounter, { name: 'a' }, key)).toMatchObject({ kind: 'replayed' })
    expect(await client.execute(createCounter, { name: 'b' }, key)).toMatchObject({ kind: 'key-reused' })
    expect(written()).toHaveLength(1)
  })
})

const clientOn = (through: Store) =>
  outboxOn({ ...depsOn(through), records: memoryRecords(store), itemOf: (write) => write as never })

it('items() refuses a unique job, and says what to use', () => {
  const of = (payload: Payload) => () => clientOn(store).items([request(finished, payload)])
  expect(of({ user: 'ann' })).toThrow(/^job "finished": items\(\) cannot merge a unique job .* use commit\(\)/)
  expect(of({})().items).toHaveLength(1)
})

describe('what a job returns', () => {
  async function run(id: string, change: Change, through: Store = store) {
    returned = change
    const effect = await claim(id)
    const deps = { store: through, clock, ids, registry, lifetimes, services: {} as Services, observe: () => {} }
    const attempt = {
      envelope: envelopeOf(id),
      effect,
      owner: effect.owner ?? '',
      deadline: clock.now().getTime() + 15_000,
    }
    return runAttempt(deps, attempt)
  }
  const add = update(counter, { name: 'a' }, { add: { count: 1 } })

  it('is committed once, without the jobs that stand', async () => {
    await post(ann('started'))
    const { body } = await post(ann('plain'))
    const jobs = [request(started, { user: 'ann' }), request(started, { user: 'bob' })]
    expect(await run(body.id, { records: [add], jobs })).toBe('committed')
    expect(written()).toHaveLength(3)
    expect(store.items('records')).toMatchObject([{ count: 1 }])
    expect(store.peek('effects', { pk: body.id })).toMatchObject({ state: 'succeeded' })
  })

  it('is fenced as before when the job that stood starts meanwhile', async () => {
    const stood = (await post(ann('started'))).body.id
    const { body } = await post(ann('plain'))
    const change = { records: [add], jobs: [request(started, { user: 'ann' })] }
    const taken = meanwhile(async () => {
      await claim(stood)
      await store.write({
        op: 'update',
        table: 'effects',
        key: { pk: body.id },
        update: { text: 'SET #o = :o', names: { '#o': 'owner' }, values: { ':o': 'other' } },
      })
    })
    expect(await run(body.id, change, taken)).toBe('fenced')
    expect(store.items('records')).toEqual([])
    expect(written()).toHaveLength(2)
  })

  it('may be the next job of its own key', async () => {
    const { body } = await post(ann('finished'))
    expect(await run(body.id, { jobs: [request(finished, { user: 'ann' })] })).toBe('committed')
    const [, next] = written()
    expect(await post(ann('finished'))).toMatchObject({ status: 200, body: { id: next } })
  })

  it.each(['throws', '', 'x'.repeat(129), '\ud800'])('is refused for the key %o', async (other) => {
    const { body } = await post(ann('plain'))
    const change = { jobs: [request(odd, { other })] }
    await expect(run(body.id, change)).rejects.toThrow(ChangeRefusedError)
  })
})

it.each([
  ['throws', /has no unique key: TypeError: no key/],
  ['', /has no unique key: Error: unique.key\(\) returned ""; it must return a text of 1 to 128 bytes, or undefined/],
  ['é'.repeat(65), /1 to 128 bytes/],
])('a request whose key is %o is refused with its path', async (other, message) => {
  const { status, body } = await post({ jobs: [ann('plain'), { type: 'odd', payload: { other } }] })
  expect(status).toBe(422)
  expect(body.errors).toEqual([{ path: 'jobs.1.payload', message: expect.stringMatching(message) }])
  expect(written()).toEqual([])
})

describe('an operator who brings a job back', () => {
  const operator = () => ({
    ...{ store, clock, ids, registry, deadLetters: () => undefined, logAction: () => {} },
    sender: {
      send: async (_: string, messages: readonly unknown[]) => messages.map(() => ({ kind: 'sent' as const })),
    },
    ...memoryTurns(store),
    effects: async () => [],
  })
  const act = (action: string, id: string) =>
    apiOf(jobActions, operator())({ method: 'POST', path: `/jobs/${id}/${action}` })
  const redrive = async (effect: Effect) => (await sendAgain(operator(), [effect]))[0]

  it('is told which newer job has the key, and the job stays as it is', async () => {
    const dead = (await post(ann('finished'))).body.id
    const effect = await end(dead, 'dead')
    const newer = (await post(ann('finished'))).body.id
    expect(await act('replay', dead)).toMatchObject({
      status: 409,
      body: {
        detail: `Job "${dead}" cannot be replayed: job "${newer}" has its unique key and has not finished. Wait for its end, or cancel it.`,
      },
    })
    expect(await redrive(effect)).toMatchObject({ outcome: 'held', heldBy: newer })
    expect(store.peek('effects', { pk: dead })).toEqual(effect)
    await act('cancel', newer)
    expect(await act('replay', dead)).toMatchObject({ status: 202 })
    expect(await act('replay', newer)).toMatchObject({ status: 409 })
    expect(await post(ann('finished'))).toMatchObject({ status: 200, body: { id: dead, status: 'retrying' } })
  })

  it('takes the key again, against a request that takes it over at the same time', async () => {
    const dead = (await post(ann('finished'))).body.id
    const effect = await end(dead, 'dead')
    const through = meanwhile(() => redrive(effect))
    expect(await post(ann('finished'), undefined, through)).toMatchObject({ status: 200, body: { id: dead } })
    expect(written()).toEqual([dead])
  })

  it('of a job that is unique until it has started is not hindered', async () => {
    const dead = (await post(ann('started'))).body.id
    await end(dead, 'dead')
    await post(ann('started'))
    expect(await act('replay', dead)).toMatchObject({ status: 202 })
  })
})

it('a write that meets a transaction is tried again', async () => {
  let tries = 0
  const conflict = () => new TransactionConflictException({ message: 'busy', $metadata: {} })
  const send = async () => {
    if (++tries < 3) throw conflict()
    return {}
  }
  const table = dynamoStore({ send } as never, { records: 'r', outbox: 'o', effects: 'e' })
  expect(await table.write({ op: 'put', table: 'effects', item: { pk: 'a' } })).toMatchObject({ kind: 'written' })
  expect(tries).toBe(3)
  const busy = dynamoStore({ send: () => Promise.reject(conflict()) } as never, {
    records: 'r',
    outbox: 'o',
    effects: 'e',
  })
  await expect(busy.write({ op: 'put', table: 'effects', item: { pk: 'a' } })).rejects.toThrow('busy')
})
