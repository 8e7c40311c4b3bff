/** `GET /jobs`: every job in a list, on tables in memory. */
import { beforeEach, describe, expect, it } from 'vitest'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { request } from '../../shared/define/job.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite, dieWrite, failWrite } from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { JobStatus } from '../../shared/execution/job-status.ts'
import { jobId, outboxKey } from '../../shared/lib/id.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { mostRead } from '../../shared/recovery/job-list.ts'
import { apiOf, type TestAnswer } from '../support/api.ts'
import { appWith, jobType } from '../support/app.ts'
import { type MemoryIndexes, memoryJobIndexes } from '../support/memory-job-indexes.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
let ids: ReturnType<typeof simIds>
let clock: SimClock
let store: MemoryStore
let indexes: MemoryIndexes
let effectsRead: number
beforeEach(() => {
  ids = simIds()
  clock = simClock()
  store = memoryStore(clock)
  indexes = memoryJobIndexes(store)
  effectsRead = 0
})

const minutes = (count: number) => count * 60_000
const at = (ms: number) => new Date(clock.now().getTime() + ms).toISOString()

interface Written {
  readonly type?: 'work' | 'step'
  readonly label?: string
  /** ms from now. */
  readonly delay?: number
  readonly group?: string
}

async function written({ type = 'work', label = 'x', delay, group }: Written = {}): Promise<string> {
  const runAt = delay === undefined ? undefined : new Date(clock.now().getTime() + delay)
  const id = jobId(ids.fresh(), group)
  const job = { ...request(jobType(registry, type), { label }, { runAt, group }), id }
  await store.write(outboxWrite(job, { now: clock.now(), hops: 0, outboxLifetime: 1e6 }, registry))
  return id
}

/** Writes a job that has come to a status. */
async function jobWith(status: JobStatus, options: Written = {}): Promise<string> {
  const id = await written(status === 'scheduled' ? { delay: minutes(60), ...options } : options)
  const { type, lane, createdAt } = store.peek('outbox', outboxKey(id)) as Record<string, string>
  const of = { type: type as string, lane: lane as string, createdAt }
  const now = clock.now()
  if (status === 'cancelled') await store.write(cancelWrite({ pk: id, ...of, expiresAt: 2e9 }, now))
  if (['scheduled', 'pending', 'cancelled'].includes(status)) return id
  const limits = { leaseUntil: now.getTime() + minutes(10), maxAttempts: 2, onCrash: 'retry' as const }
  await store.write(claimWrite({ jobId: id, ...of, ...limits, owner: 'o', now, expiresAt: 2e9 }))
  const failed = { jobId: id, owner: 'o', now, expiresAt: 2e9, attempt: 1, error: 'Error: no', failures: [] }
  if (status === 'succeeded') await store.write(completeWrite({ jobId: id, owner: 'o', now, expiresAt: 2e9 }))
  if (status === 'retrying') await store.write(failWrite({ ...failed, notBefore: now.getTime() + minutes(1) }))
  if (status === 'dead') await store.write(dieWrite(failed))
  return id
}

function get(query: Readonly<Record<string, string>>, hasAll = true): Promise<TestAnswer> {
  const { effects, items } = memoryReader(store)
  const listing = {
    indexes,
    hasAll,
    items,
    effects: (wanted: readonly string[]) => {
      effectsRead += wanted.length
      return effects(wanted)
    },
  }
  return apiOf(jobs, { store, clock, ids, registry, listing })({ path: '/jobs', query })
}

interface Listed {
  readonly id: string
  readonly createdAt: string
}

/** All pages of a list. */
async function listed(query: Readonly<Record<string, string>>, hasAll = true): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const { status, body } = await get(cursor === undefined ? query : { ...query, cursor }, hasAll)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(found.length, 'the list comes to an end').toBeLessThan(2_000)
    found.push(...body.jobs.map(({ id }: Listed) => id))
    cursor = body.next
  } while (cursor !== undefined)
  return found
}

const statuses = ['scheduled', 'pending', 'running', 'retrying', 'succeeded', 'dead', 'cancelled'] as const

describe('a list of jobs', () => {
  it.each([1, 3, 7, 500])(
    'has each once, newest first, in pages of %i, also those of one millisecond',
    async (limit) => {
      const order: string[] = []
      for (let ms = 0; ms < 5; ms++) {
        const together = await Promise.all(Array.from({ length: 12 }, () => written()))
        order.unshift(...together.sort((a, b) => (a < b ? 1 : -1)))
        clock.advance(1)
      }
      expect(await listed({ limit: String(limit) })).toEqual(order)
    },
  )

  it.each(statuses)('narrowed to "%s" has the jobs with that status and no other', async (status) => {
    const expected: string[] = []
    for (let round = 0; round < 3; round++)
      for (const one of statuses) {
        const id = await jobWith(one)
        clock.advance(10)
        if (one === status) expected.unshift(id)
      }
    expect(await listed({ status, limit: '2' })).toEqual(expected)
    const { body } = await get({ status })
    expect(new Set(body.jobs.map((job: { status: string }) => job.status))).toEqual(new Set([status]))
    expect(body).not.toHaveProperty('statuses')
  })

  it('is narrowed by type, lane, time and the beginning of the id, alone and together', async () => {
    const early = await written()
    clock.advance(1_000)
    const since = at(0)
    const step = await written({ type: 'step', group: 'order-7' })
    const late = await jobWith('succeeded')
    expect(await listed({ type: 'step' })).toEqual([step])
    expect(await listed({ lane: 'ordered' })).toEqual([step])
    expect(await listed({ lane: 'default' })).toEqual([late, early])
    expect(await listed({ until: since })).toEqual([early])
    expect(new Set(await listed({ since }))).toEqual(new Set([late, step]))
    expect(await listed({ id: 'order-7~' })).toEqual([step])
    // These ids differ in their last digit.
    expect(await listed({ id: late.slice(0, 35) })).toEqual([late, early])
    expect(await listed({ id: 'order-8' })).toEqual([])
    expect(await listed({ lane: 'default', since, status: 'succeeded', type: 'work', id: late.slice(0, 20) })).toEqual([
      late,
    ])
    expect(await listed({ lane: 'default', since, status: 'pending' })).toEqual([])
  })

  it('goes on where it was while jobs are accepted', async () => {
    const before = [await written(), await written()]
    clock.advance(1)
    const { body } = await get({ limit: '1' })
    await written()
    clock.advance(1)
    const rest = await listed({ limit: '1', cursor: body.next })
    expect([...body.jobs.map(({ id }: Listed) => id), ...rest]).toEqual(before.sort().reverse())
  })

  it('gives a cursor only if there is more', async () => {
    for (let i = 0; i < 6; i++) await written()
    expect((await get({ limit: '6' })).body).not.toHaveProperty('next')
    expect((await get({ limit: '5' })).body.next).toBeDefined()
    expect((await get({ status: 'pending', limit: '6' })).body).not.toHaveProperty('next')
  })
})

describe('a list of what few jobs are', () => {
  it('reads a bounded part of the index at a time, and goes on from there', async () => {
    const rare = await jobWith('cancelled')
    clock.advance(1)
    for (let i = 0; i < mostRead + 200; i++) await written()
    const { status, body } = await get({ status: 'cancelled' })
    expect([status, body.jobs]).toEqual([200, []])
    expect(effectsRead).toBeLessThanOrEqual(mostRead + 100)
    expect(indexes.read.entries).toBeLessThanOrEqual(mostRead + 8 * 100)
    const more = await get({ status: 'cancelled', cursor: body.next })
    expect(more.body.jobs.map(({ id }: Listed) => id)).toEqual([rare])
    expect(more.body).not.toHaveProperty('next')
  })

  it('reads of jobs without the type or lane nothing but their entries', async () => {
    for (let i = 0; i < 40; i++) await written()
    expect(await listed({ type: 'step' })).toEqual([])
    expect(effectsRead).toBe(0)
  })

  it('costs few reads where every job matches', async () => {
    for (let i = 0; i < 400; i++) {
      await written()
      clock.advance(1)
    }
    await get({ limit: '50' })
    expect(effectsRead).toBe(51)
    expect(indexes.read.queries).toBeLessThanOrEqual(16)
    expect(indexes.read.entries).toBeLessThanOrEqual(160)
  })
})

describe('the scheduled jobs', () => {
  it('are those that wait in the outbox and those that are delayed in their queue, each once', async () => {
    const later = await written({ delay: minutes(60) })
    const soon = await written({ delay: minutes(14) })
    const ordered = await written({ type: 'step', group: 'g', delay: minutes(5) })
    await written()
    const past = await written({ delay: 1_000 })
    clock.advance(2_000)
    for (const limit of ['1', '2', '50'])
      expect(await listed({ status: 'scheduled', limit })).toEqual([later, ordered, soon])
    expect(await listed({ status: 'scheduled' }, false)).toEqual([later, ordered])
    expect(await listed({ status: 'pending' })).toContain(past)
  })

  it.each([1, 4, 50])('of one time are all in the list, in pages of %i', async (limit) => {
    const time = clock.now().getTime() + minutes(60)
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, i) => written({ delay: time - clock.now().getTime() + (i % 3) })),
    )
    const found = await listed({ status: 'scheduled', limit: String(limit) }, false)
    expect(found.toSorted()).toEqual(all.toSorted())
    const times = found.map((id) => String(store.peek('outbox', outboxKey(id))?.dueAt))
    expect(times).toEqual(times.toSorted().reverse())
  })

  it('are bounded by their start', async () => {
    const [soon, later] = [await written({ delay: minutes(5) }), await written({ delay: minutes(60) })]
    expect(await listed({ status: 'scheduled', until: at(minutes(30)) })).toEqual([soon])
    expect(await listed({ status: 'scheduled', since: at(minutes(30)) })).toEqual([later])
    expect(await listed({ status: 'scheduled', until: at(minutes(60)) })).toEqual([soon])
    expect(await listed({ status: 'scheduled', until: at(-1) })).toEqual([])
  })

  it('are not the retries that wait in the same index', async () => {
    const id = await jobWith('retrying')
    const key = outboxKey(id)
    const update = { text: 'SET due = :due, dueAt = :at', values: { ':due': 'due#0', ':at': at(minutes(60)) } }
    await store.write({ op: 'update', table: 'outbox', key, update })
    expect(await listed({ status: 'scheduled' })).toEqual([])
  })
})

describe('without the index of all jobs', () => {
  it('retrying and dead jobs are listed, and the answer says that these are all it has', async () => {
    await written()
    const dead = await jobWith('dead')
    clock.advance(1)
    const retrying = await jobWith('retrying')
    const { body } = await get({}, false)
    expect(body.jobs.map(({ id }: Listed) => id)).toEqual([retrying, dead])
    expect(body.statuses).toEqual(['retrying', 'dead'])
    expect(await listed({ status: 'dead' }, false)).toEqual([dead])
    expect(await listed({ status: 'retrying' }, false)).toEqual([retrying])
  })

  it.each(['pending', 'running', 'succeeded', 'cancelled'])(
    '"%s" is refused, with the setting it needs',
    async (status) => {
      const { status: code, body } = await get({ status }, false)
      expect([code, body.errors[0].path]).toEqual([422, 'status'])
      expect(body.errors[0].message).toContain('set jobIndex to true and deploy')
      expect(body.errors[0].message).toContain('scheduled, retrying, dead')
    },
  )

  it('a job is found by its whole id, whatever its status', async () => {
    const id = await jobWith('succeeded')
    await jobWith('succeeded')
    expect(await listed({ id }, false)).toEqual([id])
    expect(await listed({ id, status: 'dead' }, false)).toEqual([])
    expect(await listed({ id: ids.fresh() }, false)).toEqual([])
  })
})

describe('one bad member', () => {
  it('of the index leaves the others in the list', async () => {
    const good = await written()
    const bad = await jobWith('succeeded')
    const set = (text: string, value: unknown) =>
      store.write({ op: 'update', table: 'outbox', key: outboxKey(bad), update: { text, values: { ':v': value } } })
    await set('SET payload = :v', 'no JSON')
    const { status, body } = await get({})
    expect(status).toBe(200)
    const [one] = body.jobs.filter(({ id }: Listed) => id === bad)
    expect(one).toMatchObject({ status: 'succeeded', payload: null, payloadExpired: true })
    expect(body.jobs.map(({ id }: Listed) => id)).toContain(good)
    await store.write({ op: 'delete', table: 'effects', key: { pk: bad } })
    expect(await listed({})).toEqual([good])
  })

  it('that died in a former life of its id is not listed as dead', async () => {
    const id = await jobWith('dead')
    clock.advance(minutes(60 * 24 * 40))
    const job = { ...request(jobType(registry, 'work'), { label: 'again' }), id }
    await store.write({
      ...outboxWrite(job, { now: clock.now(), hops: 0, outboxLifetime: 1 }, registry),
      condition: undefined,
    } as never)
    expect(await listed({ status: 'dead' })).toEqual([])
    expect((await get({ status: 'pending' })).body.jobs).toMatchObject([{ id, attempts: 0 }])
  })

  it('with a large payload ends the page early, and the list is whole', async () => {
    const all: string[] = []
    for (let i = 0; i < 30; i++) all.push(await written({ label: 'x'.repeat(300_000) }))
    const { body } = await get({})
    expect(body.jobs.length).toBeLessThan(30)
    expect(JSON.stringify(body).length).toBeLessThan(5_000_000)
    expect((await listed({})).toSorted()).toEqual(all.toSorted())
  })
})

describe('the list refuses', () => {
  it.each([
    [{ status: 'done' }, 'status', 'scheduled'],
    [{ type: 'wrok' }, 'type', '"wrok" is not a job type (known: work, unrepeatable, step)'],
    [{ lane: 'fast' }, 'lane', '"fast" is not a lane (known: default, ordered)'],
    [{ since: 'yesterday' }, 'since', ''],
    [{ until: '2026-13-01T00:00:00Z' }, 'until', ''],
    [{ since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }, 'until', 'must be after since'],
    [{ since: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, 'until', 'must be after since'],
    [{ id: 'no id!' }, 'id', 'must be the beginning of a job id'],
    [{ id: '' }, 'id', ''],
    [{ limit: '0' }, 'limit', ''],
    [{ limit: '501' }, 'limit', ''],
    [{ cursor: 'none' }, 'cursor', 'is not a cursor of this list'],
    [{ colour: 'red' }, '', 'colour'],
    [{ record: 'order/1', status: 'dead' }, 'status', 'cannot be combined with record'],
  ] as const)('%j', async (query, path, message) => {
    const { status, body } = await get(query)
    expect([status, body.errors.map((one: { path: string }) => one.path)]).toEqual([422, [path]])
    expect(body.errors[0].message).toContain(message)
  })

  it('a cursor of a list with another filter', async () => {
    for (let i = 0; i < 3; i++) await written()
    const { body } = await get({ limit: '1' })
    for (const filter of [
      { status: 'pending' },
      { type: 'work' },
      { lane: 'default' },
      { id: '0' },
      { until: at(5) },
    ]) {
      const { status, body: refused } = await get({ limit: '1', cursor: body.next, ...(filter as object) })
      expect([status, refused.errors[0].path]).toEqual([422, 'cursor'])
    }
    expect((await get({ limit: '2', cursor: body.next })).status).toBe(200)
  })
})
