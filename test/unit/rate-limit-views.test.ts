/** What the API tells of rate limits: which job waits for one, and how far behind each is. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { waitOf } from '../../functions/api/routes/jobs/wait.ts'
import { limitsOf } from '../../functions/api/routes/lanes/limits.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { failWrite } from '../../shared/execution/effect/end-writes.ts'
import { takeSlots } from '../../shared/execution/rate-limit/slots.ts'
import { storedJob } from '../../shared/execution/stored-job.ts'
import { jobId } from '../../shared/lib/id.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { waitWrite } from '../../shared/outbox/release.ts'
import { lanes } from '../support/app.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const schema = z.object({ customer: z.string().optional() })
const base = { schema, run: () => undefined }
const plain = defineJob({ ...base, type: 'plain' })
const shared = defineJob({ ...base, type: 'shared', rateLimit: { limit: 2, perSeconds: 1 } })
const keyed = defineJob({
  ...{
    ...base,
    type: 'keyed',
    rateLimit: { limit: 1, perSeconds: 60, key: ({ customer }: { customer?: string }) => customer },
  },
})
const registry = defineRegistry([plain, shared, keyed], lanes)
const ids = simIds()
let clock: SimClock
let store: MemoryStore
beforeEach(() => {
  clock = simClock()
  store = memoryStore(clock)
})

async function written(job: typeof plain, payload: z.infer<typeof schema> = {}, runAt?: Date): Promise<string> {
  const id = jobId(ids.fresh(), undefined)
  const wanted = { ...request(job, payload, { runAt }), id }
  await store.write(outboxWrite(wanted, { now: clock.now(), hops: 0, outboxLifetime: 9_999 }, registry))
  return id
}
async function wait(id: string) {
  const job = await storedJob(store, id)
  return job && waitOf({ store, registry, clock } as unknown as ApiDeps, job)
}
/** Puts some jobs into the queue of a limit. */
async function queueUp(pk: string, step: number, jobs: number) {
  const pace = { step, early: 0, late: 0 }
  await takeSlots(store, { pk, pace, jobs, hasWaited: false, ahead: 0 }, clock.now().getTime())
}
const later = (ms: number) => new Date(clock.now().getTime() + ms).toISOString()

describe('a job', () => {
  it('of a type without a limit waits for none', async () => {
    expect(await wait(await written(plain))).toEqual({})
  })

  it('waits for its time first', async () => {
    const runAt = new Date(clock.now().getTime() + 3_600_000)
    expect(await wait(await written(shared, {}, runAt))).toEqual({
      waitingFor: 'schedule',
      waitingOn: { until: runAt.toISOString() },
      nextAttemptAt: runAt.toISOString(),
    })
  })

  it('waits for its limit while the limit has a queue, and starts at its end at the latest', async () => {
    const id = await written(shared)
    expect(await wait(id)).toEqual({})
    await queueUp('limit#shared', 500, 5)
    expect(await wait(id)).toEqual({
      waitingFor: 'rate-limit',
      waitingOn: { until: later(2_500), limit: { type: 'shared', limit: 2, perSeconds: 1 } },
      nextAttemptAt: later(2_500),
    })
    clock.advance(2_500)
    expect(await wait(id)).toEqual({})
  })

  it('waits for the limit of its own key', async () => {
    const [ann, bob] = [await written(keyed, { customer: 'ann' }), await written(keyed, { customer: 'bob' })]
    await queueUp('limit#keyed#ann', 60_000, 2)
    expect(await wait(ann)).toMatchObject({
      waitingFor: 'rate-limit',
      waitingOn: { limit: { type: 'keyed', key: 'ann' } },
    })
    expect(await wait(bob)).toEqual({})
    expect(await wait(await written(keyed))).toEqual({})
  })

  it('that waits in the outbox for its place starts then', async () => {
    const id = await written(shared)
    const job = await storedJob(store, id)
    const until = new Date(clock.now().getTime() + 7_200_000)
    await store.write(waitWrite({ id, createdAt: job?.envelope.createdAt ?? '' }, until))
    expect(await wait(id)).toMatchObject({ waitingFor: 'rate-limit', nextAttemptAt: until.toISOString() })
  })

  it('that waits for a retry waits for its backoff, then for its limit', async () => {
    const id = await written(shared)
    const effect = {
      pk: id,
      state: 'running',
      type: 'shared',
      lane: 'default',
      owner: 'o',
      attempts: 1,
      deaths: 0,
      expiresAt: 9,
    }
    await store.write({ op: 'put', table: 'effects', item: effect })
    const end = { jobId: id, owner: 'o', now: clock.now(), expiresAt: 9, attempt: 1, error: 'no', failures: [] }
    await store.write(failWrite({ ...end, notBefore: clock.now().getTime() + 1_000 }))
    await queueUp('limit#shared', 500, 9)
    expect(await wait(id)).toEqual({})
    clock.advance(1_000)
    expect(await wait(id)).toMatchObject({ waitingFor: 'rate-limit' })
  })
})

describe('the limits of a lane', () => {
  const limits = (lane: string) => limitsOf({ registry, store, clock } as unknown as ApiDeps, lane)

  it('are told with their lag, where all jobs of the type share one', async () => {
    await queueUp('limit#shared', 500, 5)
    expect(await limits('default')).toEqual([
      { type: 'shared', limit: 2, perSeconds: 1, isKeyed: false, lagSeconds: 3 },
      { type: 'keyed', limit: 1, perSeconds: 60, isKeyed: true },
    ])
    clock.advance(10_000)
    expect((await limits('default'))[0]).toMatchObject({ lagSeconds: 0 })
    expect(await limits('ordered')).toEqual([])
  })
})
