/** `GET /jobs/{id}?wait=…` and `wait()` of the client: the answer comes when the job ends, or when the time is over. */
import { beforeEach, describe, expect, it } from 'vitest'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { UnknownJobError } from '../../functions/client/wait.ts'
import { request } from '../../shared/define/job.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite } from '../../shared/execution/effect/end-writes.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { apiOf } from '../support/api.ts'
import { appWith, jobType } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const registry = appWith()
const ids = simIds()
let clock: SimClock
let store: MemoryStore
let reads: string[]
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
  reads = []
})

async function written(): Promise<string> {
  const job = { ...request(jobType(registry, 'work'), { label: 'x' }), id: jobId(ids.fresh(), undefined) }
  await store.write(outboxWrite(job, { now: clock.now(), hops: 0, outboxLifetime: 1 }, registry))
  return job.id
}

/** The job runs, and ends so many reads of its effect later. */
async function running(id: string, endsAfter: number): Promise<Store> {
  const now = clock.now()
  const claim = {
    jobId: id,
    type: 'work',
    lane: 'default',
    createdAt: now.toISOString(),
    owner: 'o',
    now,
    expiresAt: 9,
  }
  const limits = { leaseUntil: now.getTime() + 60_000, maxAttempts: 2, onCrash: 'retry' as const }
  await store.write(claimWrite({ ...claim, ...limits }))
  return {
    ...store,
    async get(table, key) {
      reads.push(table)
      if (reads.length > endsAfter)
        await store.write(completeWrite({ jobId: id, owner: 'o', now: clock.now(), expiresAt: 9 }, '{"rows":3}'))
      return store.get(table, key)
    },
  }
}

const never = () => {
  throw new Error('nothing is committed here')
}

const ask = (id: string, wait: string, through: Store = store) =>
  apiOf(jobs, { store: through, clock, ids, registry, jobOwners: [], links: () => ({}) })({
    path: `/jobs/${id}`,
    query: { wait },
  })

describe('a caller that waits for a job', () => {
  it('has the answer as soon as the job ends, with its result', async () => {
    const id = await written()
    const began = clock.now().getTime()
    const { status, body } = await ask(id, '20', await running(id, 4))
    expect([status, body.status, body.result]).toEqual([200, 'succeeded', { rows: 3 }])
    expect(clock.now().getTime() - began).toBeLessThan(2_000)
  })

  it('has the job as it is when the time is over, for one read a second', async () => {
    const id = await written()
    const began = clock.now().getTime()
    const { status, body } = await ask(id, '20', await running(id, 1_000))
    expect([status, body.status]).toEqual([200, 'running'])
    expect(clock.now().getTime() - began).toBe(20_000)
    expect(reads.filter((table) => table === 'outbox')).toHaveLength(1)
    expect(reads.length).toBeLessThan(28)
  })

  it('does not wait for a job that has ended, or that is not there', async () => {
    const id = await written()
    const through = await running(id, 0)
    const began = clock.now().getTime()
    expect((await ask(id, '20', through)).body.status).toBe('succeeded')
    expect((await ask(ids.fresh(), '20')).status).toBe(404)
    expect(clock.now().getTime()).toBe(began)
  })

  it.each(['21', '-1', '1.5', 'long'])('is refused a wait of %s', async (wait) => {
    const { status, body } = await ask(await written(), wait)
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toContain('wait')
  })
})

describe('a function that waits for a job', () => {
  const client = (through: Store = store) =>
    outboxOn({ store: through, records: memoryRecords(store), clock, ids, registry, outboxLifetime: 60, itemOf: never })

  it('has its status and result as soon as it ends', async () => {
    const id = await written()
    const began = clock.now().getTime()
    const job = await client(await running(id, 4)).wait(id)
    expect(job).toEqual({ id, type: 'work', status: 'succeeded', attempts: 1, result: { rows: 3 } })
    expect(clock.now().getTime() - began).toBeLessThan(2_000)
  })

  it('has the job as it is when its timeout is over, by default after 20 s', async () => {
    const id = await written()
    for (const [timeoutSeconds, expected] of [
      [undefined, 20_000],
      [0.5, 500],
      [0, 0],
    ]) {
      const began = clock.now().getTime()
      expect(await client().wait(id, { timeoutSeconds })).toEqual({ id, type: 'work', status: 'pending', attempts: 0 })
      expect(clock.now().getTime() - began).toBe(expected)
    }
  })

  it('stops at its signal, with the reason, in the middle of a pause', async () => {
    const id = await written()
    const controller = new AbortController()
    const through: Store = {
      ...store,
      async get(table, key) {
        // The first read of the loop: the caller goes away in the pause after it.
        setImmediate(() => controller.abort(new Error('the caller is gone')))
        return store.get(table, key)
      },
    }
    const sleepless = { ...clock, sleep: () => new Promise<void>(() => {}) }
    const deps = { store: through, records: memoryRecords(store), ids, registry, outboxLifetime: 60, itemOf: never }
    const waiting = outboxOn({ ...deps, clock: sleepless }).wait(id, { signal: controller.signal })
    await expect(waiting).rejects.toThrow('the caller is gone')
    await expect(client().wait(id, { signal: AbortSignal.abort(new Error('gone before')) })).rejects.toThrow(
      'gone before',
    )
  })

  it.each(['0198b6a0-0000-7000-8000-000000000000', 'no id', ''])('is told that job "%s" does not exist', async (id) => {
    await expect(client().wait(id)).rejects.toThrow(UnknownJobError)
    await expect(client().wait(id)).rejects.toThrow(`Job "${id}" does not exist, or ended more than 30 days ago`)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('is refused a timeout of %s s', async (timeoutSeconds) => {
    await expect(client().wait(await written(), { timeoutSeconds })).rejects.toThrow(/timeoutSeconds is .*; it must be/)
  })

  it('learns which grant is missing', async () => {
    const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })
    const through: Store = { ...store, get: () => Promise.reject(denied) }
    await expect(client(through).wait(await written())).rejects.toThrow('call grantWait(fn)')
  })
})
