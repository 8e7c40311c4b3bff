import { beforeEach, describe, expect, it } from 'vitest'
import { request } from '../../shared/define/job.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { LaneSender, Outgoing, Store } from '../../shared/lib/ports.ts'
import type { Write } from '../../shared/lib/write.ts'
import { dueBuckets, dueKey, outboxWrite } from '../../shared/outbox/envelope.ts'
import { decodeTimer, sweepAhead, timersOf, type Waiting } from '../../shared/outbox/timer.ts'
import { releaseTimed, type SweepDeps, sweep } from '../../shared/recovery/sweep.ts'
import { appWith, jobType } from '../support/app.ts'
import { memoryDue, waitingOf } from '../support/memory-indexes.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))
let clock: SimClock
let store: MemoryStore
let released: { id: string; at: number }[]
let timers: Outgoing[]
let told: string[]
beforeEach(() => {
  clock = simClock()
  released = []
  store = memoryStore(clock, (_, before, after) => {
    if (before && after?.releasedAt) released.push({ id: String(after.id), at: clock.now().getTime() })
  })
  timers = []
  told = []
})

/** Writes a job that waits for its time, in seconds from now. */
async function waiting(seconds: number, { group, lane }: { group?: string; lane?: string } = {}): Promise<string> {
  const job = request(jobType(registry, group ? 'step' : 'work'), { label: 'x', group })
  const runAt = new Date(clock.now().getTime() + seconds * 1000)
  const origin = { now: clock.now(), hops: 0, outboxLifetime: 1 }
  const write = outboxWrite({ ...job, runAt, id: jobId(ids.fresh(), group) }, origin, registry)
  if (write.op !== 'put') throw new Error('not an insert')
  await store.write({ ...write, item: { ...write.item, ...(lane ? { lane } : {}) } })
  return String(write.item.id)
}

const inIndex = () => store.items('outbox').flatMap(({ id, due }) => (due === undefined ? [] : [id]))
const releases = () => released.map(({ id }) => id)
const timed = () => timers.flatMap(({ body }) => decodeTimer(body).map(({ id }) => id))

const takesTimers: LaneSender = {
  async send(lane, messages) {
    expect(lane).toBe('timers')
    timers.push(...messages)
    return messages.map(() => ({ kind: 'sent' }))
  },
}
const depsWith = (changed: Partial<SweepDeps> = {}): SweepDeps => ({
  store,
  clock,
  registry,
  timers: takesTimers,
  due: memoryDue(store),
  observe: ({ job, reason }) => told.push(`${job.id} ${reason}`),
  ...changed,
})
const run = (changed?: Partial<SweepDeps>, seconds = 55) =>
  sweep(depsWith(changed), buckets, clock.now().getTime() + seconds * 1_000)

describe('a sweep', () => {
  it('releases jobs of a standard lane ahead of their time, and leaves later ones', async () => {
    const [soon, later] = [await waiting(1_000), await waiting(2_000)]
    clock.advance(1_000_000 - sweepAhead + 1_000)
    expect(await run()).toEqual({ released: 1, timed: 0, overdue: 0 })
    expect(releases()).toEqual([soon])
    expect(inIndex()).toEqual([later])
  })

  it('releases a job of an ordered lane at its time, and sets a timer for one whose time comes soon', async () => {
    const jobs = [30, 100, 100.4, 200].map((seconds) => waiting(seconds, { group: 'g' }))
    const [first, second, third, later] = await Promise.all(jobs)
    clock.advance(30_000)
    expect(await run()).toEqual({ released: 1, timed: 2, overdue: 0 })
    expect(releases()).toEqual([first])
    expect(timed().sort()).toEqual([second, third].sort())
    expect(timers.map(({ delaySeconds }) => delaySeconds)).toEqual(timers.map(() => 70))
    expect(inIndex()).toContain(later)
  })

  it('tries a release again, and leaves what fails for the next sweep', async () => {
    const id = await waiting(1_000)
    clock.advance(900_000)
    let calls = 0
    const failing = (times: number): Store => ({
      ...store,
      write: async (write) => {
        if (++calls <= times) throw new Error('InternalServerError')
        return store.write(write)
      },
    })
    expect(await run({ store: failing(99) })).toEqual({ released: 0, timed: 0, overdue: 0 })
    clock.advance(200_000)
    expect(await run({ store: failing(99) })).toEqual({ released: 0, timed: 0, overdue: 1 })
    expect(told).toEqual(Array(2).fill(`${id} Error: InternalServerError`))
    calls = 0
    expect(await run({ store: failing(2) })).toEqual({ released: 1, timed: 0, overdue: 0 })
  })

  it('reports jobs whose timer could not be set, which the next sweep releases', async () => {
    const id = await waiting(20, { group: 'g' })
    const refusing: LaneSender = { send: async (_, list) => list.map(() => ({ kind: 'failed', reason: 'no' })) }
    expect(await run({ timers: refusing })).toEqual({ released: 0, timed: 0, overdue: 0 })
    expect(told).toEqual([`${id} its timer could not be set: no`])
    clock.advance(60_000)
    expect(await run()).toEqual({ released: 1, timed: 0, overdue: 0 })
  })

  it('goes on when a job of a lane that is gone cannot be given to the reconciler', async () => {
    const [gone, healthy] = [await waiting(1_000, { lane: 'removed' }), await waiting(3_000)]
    clock.advance(3_001_000)
    const isHandOver = (write: Write) => write.op === 'update' && write.key.sk === gone
    const throttled = (write: Write) =>
      isHandOver(write) ? Promise.reject(new Error('ThrottlingException')) : store.write(write)
    expect(await run({ store: { ...store, write: throttled } })).toEqual({ released: 1, timed: 0, overdue: 1 })
    expect(releases()).toEqual([healthy])
    expect(told).toContain(`${gone} the reconciler could not take it: Error: ThrottlingException`)
    await run()
    expect(inIndex()).toEqual([])
  })

  it('is not held up by a job of a lane that is gone, which the reconciler gets in the end', async () => {
    const [healthy, gone] = [await waiting(1_000), await waiting(1_000, { lane: 'removed' })]
    clock.advance(1_001_000)
    expect(await run()).toEqual({ released: 1, timed: 0, overdue: 1 })
    expect(releases()).toEqual([healthy])
    expect(inIndex()).toEqual([gone])
    expect(told.join()).toMatch(/the application has no lane "removed"/)
    clock.advance(1_800_000)
    await run()
    expect(inIndex()).toEqual([])
    expect(store.items('outbox').map(({ releasedAt }) => releasedAt === undefined)).toEqual([false, true])
    expect(await run()).toEqual({ released: 0, timed: 0, overdue: 0 })
  })

  it('ends by the clock, however many are due and however slow their releases are', async () => {
    for (let i = 0; i < 2_000; i++) await waiting(120, { group: `g${i}` })
    clock.advance(121_000)
    let inWork = 0
    let most = 0
    const slow: Store = {
      ...store,
      write: async (write) => {
        most = Math.max(most, ++inWork)
        clock.advance(100)
        const result = await store.write(write)
        inWork--
        return result
      },
    }
    const start = clock.now().getTime()
    await run({ store: slow, due: memoryDue(store, 100) }, 10)
    expect(clock.now().getTime() - start).toBeLessThan(15_000)
    expect(releases().length).toBeGreaterThan(90)
    expect(most).toBeLessThanOrEqual(4 * 20)
    await run({ due: memoryDue(store, 100) })
    expect(inIndex()).toEqual([])
  })
})

describe('timers', () => {
  const jobsOf = () => store.items('outbox').map(waitingOf)

  it('come less than a second before their jobs, one for each second and 200 jobs', () => {
    const now = new Date('2026-01-01T00:00:00.700Z')
    const job = (ms: number): Waiting => ({ id: ids.fresh(), lane: 'ordered', dueAt: new Date(ms).toISOString() })
    const at = (seconds: number) => job(now.getTime() + seconds * 1000)
    const delays = (jobs: Waiting[]) => timersOf(jobs, now).map(({ delaySeconds }) => delaySeconds)
    expect(delays([at(0.1), at(3), at(3.2), at(3.4)])).toEqual([0, 3, 3])
    expect(delays([at(-100)])).toEqual([0])
    expect(
      timersOf(
        Array.from({ length: 401 }, () => at(3)),
        now,
      ).map(({ body }) => decodeTimer(body).length),
    ).toEqual([200, 200, 1])
  })

  it('release each job at its time, not before and not late', async () => {
    for (const seconds of [2.5, 1.2, 2.1, 0.4]) await waiting(seconds, { group: 'g' })
    const start = clock.now().getTime()
    const result = await releaseTimed(depsWith(), jobsOf(), start + 60_000)
    expect(result).toEqual({ released: 4, timed: 0, overdue: 0 })
    for (const { id, at } of released) {
      const due = Date.parse(String(store.items('outbox').find((item) => item.id === id)?.runAt))
      expect(at).toBeGreaterThanOrEqual(due)
      expect(at - due).toBeLessThan(3_000)
    }
  })

  it('release a job once, also when they come twice or late', async () => {
    await waiting(1, { group: 'g' })
    const [jobs] = [jobsOf()]
    clock.advance(5_000)
    const end = clock.now().getTime() + 60_000
    await Promise.all([releaseTimed(depsWith(), jobs, end), releaseTimed(depsWith(), jobs, end)])
    await releaseTimed(depsWith(), jobs, end)
    expect(released).toHaveLength(1)
  })

  it('pass over a job of a lane that is gone', async () => {
    await waiting(1, { lane: 'removed', group: 'g' })
    clock.advance(2_000)
    const result = await releaseTimed(depsWith(), jobsOf(), clock.now().getTime() + 60_000)
    expect(result).toEqual({ released: 0, timed: 0, overdue: 1 })
  })
})
