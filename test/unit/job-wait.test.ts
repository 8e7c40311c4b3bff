/** `GET /jobs/{id}?wait=…`: the answer comes when the job ends, or when the time is over. */
import { beforeEach, describe, expect, it } from 'vitest'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import { request } from '../../shared/define/job.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite } from '../../shared/execution/effect/end-writes.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { apiOf } from '../support/api.ts'
import { appWith, jobType } from '../support/app.ts'
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
