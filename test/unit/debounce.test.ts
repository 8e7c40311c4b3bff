/** Debounced jobs: of the requests of a key one job runs, a while after the last, with the last payload. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { jobBatches, jobs } from '../../functions/api/routes/jobs/routes.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { create } from '../../shared/define/record.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimJob } from '../../shared/execution/claim.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Outgoing, Store } from '../../shared/lib/ports.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { dueBuckets, dueKey } from '../../shared/outbox/envelope.ts'
import { decodeItem } from '../../shared/outbox/outbox-item.ts'
import { relay } from '../../shared/outbox/relay.ts'
import { waitWrite } from '../../shared/outbox/release.ts'
import { decodeTimer } from '../../shared/outbox/timer.ts'
import { releaseTimed, sweep } from '../../shared/recovery/sweep.ts'
import { apiOf } from '../support/api.ts'
import { counter, lanes } from '../support/app.ts'
import { memoryDue } from '../support/memory-indexes.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const schema = z.object({ doc: z.string().optional(), text: z.string().optional() })
const base = { schema, run: () => undefined }
const key = ({ doc }: z.infer<typeof schema>) => doc
const index = defineJob({ ...base, type: 'index', debounce: { key, seconds: 60 } })
const plain = defineJob({ ...base, type: 'plain' })
const registry = defineRegistry([index, plain], lanes)

let clock: SimClock
let store: MemoryStore
let ids: ReturnType<typeof simIds>
let timers: Outgoing[]
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  ids = simIds()
  timers = []
})
const depsOn = (through: Store) =>
  ({ store: through, clock, ids, registry, outboxLifetime: lifetimes.outbox }) as unknown as ApiDeps
const ask = (text: string, more: object = {}, key?: string, through: Store = store) =>
  apiOf(
    [...jobs, ...jobBatches],
    depsOn(through),
  )({
    ...{ method: 'POST', path: '/jobs', key },
    body: { type: 'index', payload: { doc: 'd', text }, ...more },
  })
const items = () => store.items('outbox').filter(({ type }) => type === 'index')
const textsOf = () => items().map(({ payload }) => JSON.parse(String(payload)).text)
const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1_000).toISOString()
const sweepDeps = () => ({
  ...{ store, clock, registry, due: memoryDue(store), observe: () => {} },
  timers: {
    send: async (_: string, messages: readonly Outgoing[]) => {
      timers.push(...messages)
      return messages.map(() => ({ kind: 'sent' as const }))
    },
  },
})
const sweepNow = () =>
  sweep(
    sweepDeps(),
    Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket)),
    clock.now().getTime() + 60_000,
  )
const come = (timer: Outgoing) => releaseTimed(sweepDeps(), decodeTimer(timer.body), clock.now().getTime() + 600_000)
const isReleased = (id: string) => store.peek('outbox', { pk: id, sk: id })?.releasedAt !== undefined

describe('a debounced job', () => {
  it('waits, and each request puts it off with another payload', async () => {
    const first = await ask('a')
    expect(first).toMatchObject({ status: 202, body: { status: 'scheduled' } })
    clock.advance(50_000)
    const second = await ask('b')
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id, status: 'scheduled', merged: true } })
    expect(items()).toMatchObject([{ id: first.body.id, runAt: inSeconds(60), dueAt: inSeconds(60), debounced: true }])
    expect(textsOf()).toEqual(['b'])
    clock.advance(59_000)
    expect(await sweepNow()).toMatchObject({ released: 0, timed: 1 })
    clock.advance(1_000)
    expect(await sweepNow()).toMatchObject({ released: 1 })
    expect(isReleased(first.body.id)).toBe(true)
  })

  it('is not released at a time from which it was put off, and gets another timer', async () => {
    const { body } = await ask('a')
    await sweepNow()
    clock.advance(30_000)
    await ask('b')
    clock.advance(30_000)
    expect(await come(timers[0] as Outgoing)).toMatchObject({ released: 0, timed: 1 })
    expect(isReleased(body.id)).toBe(false)
    expect(decodeTimer(timers[1]?.body ?? '')).toEqual([
      { id: body.id, lane: 'default', dueAt: inSeconds(30), debounced: true },
    ])
    clock.advance(29_000)
    expect(await come(timers[1] as Outgoing)).toMatchObject({ released: 1 })
    expect(clock.now().toISOString() >= String(items()[0]?.dueAt)).toBe(true)
  })

  it('is followed by another one once it is released, started or cancelled', async () => {
    const ends = [
      async () => {
        clock.advance(60_000)
        await sweepNow()
      },
      async (id: string) => {
        const leaseUntil = clock.now().getTime() + 9_000
        const claim = { jobId: id, type: 'index', lane: 'default', owner: 'o', now: clock.now(), leaseUntil }
        await claimJob(store, { ...claim, maxAttempts: 1, onCrash: 'retry', expiresAt: 9_999_999_999 }, 0)
      },
      (id: string) =>
        apiOf(jobActions, { ...depsOn(store), logAction: () => {} })({ method: 'POST', path: `/jobs/${id}/cancel` }),
    ]
    for (const [n, ending] of ends.entries()) {
      const { status, body } = await ask(`a${n}`)
      expect(status).toBe(202)
      await ending(body.id)
    }
    expect(await ask('b')).toMatchObject({ status: 202 })
    expect(textsOf()).toEqual(['a0', 'a1', 'a2', 'b'])
  })

  it('gets no payload while a message with an earlier one may be on its way', async () => {
    const { body } = await ask('a')
    clock.advance(60_000)
    await sweepNow()
    const [item] = items()
    const createdAt = String(item?.createdAt)
    await store.write(waitWrite({ id: body.id, createdAt }, new Date(clock.now().getTime() + 3_600_000)))
    expect(await ask('b')).toMatchObject({ status: 202 })
    expect(textsOf()).toEqual(['a', 'b'])
  })

  it('has one outcome when it is released between the look and the merge', async () => {
    const { body } = await ask('a')
    clock.advance(60_000)
    let isOver = false
    const through: Store = {
      ...store,
      async transact(writes, token) {
        if (!isOver) await sweepNow()
        isOver = true
        return store.transact(writes, token)
      },
    }
    expect(await ask('b', {}, undefined, through)).toMatchObject({ status: 202 })
    expect(isReleased(body.id)).toBe(true)
    expect(textsOf()).toEqual(['a', 'b'])
  })

  it('is one of many requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(String(n))))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(items()).toHaveLength(1)
  })

  it('of one change is the last of its key', async () => {
    const batch = ['a', 'b', 'c'].map((text) => ({ type: 'index', payload: { doc: 'd', text } }))
    const { body } = await apiOf(
      jobBatches,
      depsOn(store),
    )({ method: 'POST', path: '/job-batches', body: { jobs: batch } })
    expect(textsOf()).toEqual(['c'])
    const [{ id }] = items() as [{ id: string }]
    expect(body.jobs).toEqual([
      { id, type: 'index', status: 'scheduled', merged: true },
      { id, type: 'index', status: 'scheduled', merged: true },
      { id, type: 'index', status: 'scheduled' },
    ])
  })

  it('answers a repetition as it did first, and puts nothing off for it', async () => {
    const first = await ask('a', {}, 'k1')
    clock.advance(10_000)
    const second = await ask('b', {}, 'k2')
    clock.advance(10_000)
    const before = items()
    expect(await ask('a', {}, 'k1')).toMatchObject({ status: 202, body: first.body })
    expect(await ask('b', {}, 'k2')).toMatchObject({ status: 200, body: second.body })
    expect(items()).toEqual(before)
    expect(await ask('c', {}, 'k2')).toMatchObject({ status: 422 })
  })

  it('is written with a record, or merged and the record written', async () => {
    const commit = (name: string) =>
      commitRequest(
        depsOn(store),
        { id: ids.fresh(), now: clock.now() },
        {
          records: [create(counter, { name, count: 0, labels: [] })],
          jobs: [request(index, { doc: 'd', text: name })],
        },
      )
    await commit('a')
    expect(await commit('b')).toMatchObject({ kind: 'committed', jobs: [{ id: items()[0]?.id, merged: true }] })
    expect(await commit('b')).toEqual({ kind: 'conflict', write: 0 })
    expect(textsOf()).toEqual(['b'])
    expect(store.items('records')).toHaveLength(2)
  })

  it('without a key is a job like any other', async () => {
    const body = { type: 'index', payload: { text: 'a' }, delaySeconds: 5 }
    const post = () => apiOf(jobs, depsOn(store))({ method: 'POST', path: '/jobs', body })
    expect(await post()).toMatchObject({ status: 202 })
    expect(await post()).toMatchObject({ status: 202 })
    expect(items()[0]).not.toHaveProperty('debounced')
  })
})

describe('a request is refused', () => {
  it.each([
    [{ delaySeconds: 5 }, 'runAt', /"index" is debounced, and runs 60 s after the last request; leave out runAt/],
    [{ lane: 'ordered', group: 'g' }, 'lane', /"index" has a debounce, which needs a standard lane; on "ordered"/],
    [{ payload: { doc: '' } }, 'payload', /has no key for its debounce: Error: debounce.key\(\) returned ""/],
  ])('with %o', async (more, path, message) => {
    const { status, body } = await ask('a', more)
    expect(status).toBe(422)
    expect(body.errors).toContainEqual({ path, message: expect.stringMatching(message) })
    expect(items()).toEqual([])
  })

  it('by items() of the client', () => {
    const client = outboxOn({ ...depsOn(store), records: undefined as never, itemOf: (write) => write as never })
    expect(() => client.items([request(index, { doc: 'd' })])).toThrow(/items\(\) cannot merge/)
  })
})

it('an ordered lane takes no debounced type', () => {
  const ordered = defineJob({ ...base, type: 'ordered', lane: 'ordered', debounce: { key, seconds: 1 } })
  expect(() => defineRegistry([ordered], lanes)).toThrow(
    /^Job type "ordered": it has a debounce, which needs a standard lane; on "ordered", which is ordered,/,
  )
})

it('the relay sets the timer of a debounced job, and sends it when it is released', async () => {
  await ask('a')
  const [item] = items()
  const sent: Outgoing[] = []
  const send = (list: Outgoing[]) => ({
    send: async (_: string, messages: readonly Outgoing[]) => {
      list.push(...messages)
      return messages.map(() => ({ kind: 'sent' as const }))
    },
  })
  const deps = {
    ...{ sender: send(sent), timers: send(timers), clock, observe: () => {}, reject: async () => {} },
    lanes: new Map([['default', 'standard'] as const]),
  }
  const record = { sequenceNumber: '1', at: clock.now().getTime(), raw: {} }
  expect(await relay(deps, [{ ...record, change: 'inserted', item }])).toEqual([])
  expect([sent.length, timers.length]).toEqual([0, 1])
  clock.advance(59_000)
  await come(timers[0] as Outgoing)
  expect(await relay(deps, [{ ...record, change: 'released', item: items()[0] }])).toEqual([])
  const decoded = decodeItem(items()[0] ?? {})
  expect(decoded).toMatchObject({ kind: 'envelope', envelope: { uniqueKey: 'd' } })
  expect(sent).toMatchObject([{ delaySeconds: 0 }])
})
