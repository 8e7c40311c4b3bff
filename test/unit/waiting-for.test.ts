/** What `GET /jobs/{id}` says a job waits for. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCache } from '../../functions/api/cache.ts'
import { jobs } from '../../functions/api/routes/jobs/routes.ts'
import type { LaneState } from '../../functions/aws/lane-control.ts'
import { defineJob, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { claimWrite } from '../../shared/execution/effect/claim-writes.ts'
import { completeWrite, dieWrite, failWrite } from '../../shared/execution/effect/end-writes.ts'
import { takeSlots } from '../../shared/execution/rate-limit/slots.ts'
import { groupKey, jobId } from '../../shared/lib/id.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import type { Turn } from '../../shared/outbox/turn.ts'
import { notePause } from '../../shared/recovery/lane-pause.ts'
import { apiOf } from '../support/api.ts'
import { lanes } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { type SimClock, simClock } from '../support/sim-clock.ts'

const base = { schema: z.object({ email: z.string() }), run: () => undefined }
const step = defineJob({ ...base, type: 'step', lane: 'ordered', group: () => 'g' })
const work = defineJob({ ...base, type: 'work' })
const mail = defineJob({
  ...base,
  ...{
    type: 'mail',
    redact: ['email'],
    rateLimit: { limit: 1, perSeconds: 60, key: (job: { email: string }) => job.email },
  },
})
const limited = defineJob({
  ...base,
  type: 'limited',
  lane: 'ordered',
  group: () => 'g',
  rateLimit: { limit: 1, perSeconds: 60 },
})
const registry = defineRegistry([step, work, mail, limited], lanes)
const types = { step, work, mail, limited }

let ids: ReturnType<typeof simIds>
let clock: SimClock
let store: MemoryStore
let state: LaneState
let asked: number
beforeEach(() => {
  ids = simIds()
  clock = simClock()
  store = memoryStore(clock)
  state = 'running'
  asked = 0
})

async function written(type: keyof typeof types, delay?: number): Promise<string> {
  const grouped = type === 'step' || type === 'limited'
  const id = jobId(ids.fresh(), grouped ? 'g' : undefined)
  const runAt = delay === undefined ? undefined : new Date(clock.now().getTime() + delay)
  const job = { ...request(types[type], { email: 'ann@example.com' }, { runAt }), id }
  await store.write(outboxWrite(job, { now: clock.now(), hops: 0, outboxLifetime: 1e6 }, registry))
  clock.advance(1)
  return id
}

const now = () => clock.now()
async function claim(id: string): Promise<void> {
  const of = { jobId: id, type: 'step', lane: 'ordered', createdAt: now().toISOString(), owner: 'o', now: now() }
  await store.write(
    claimWrite({ ...of, expiresAt: 2e9, leaseUntil: now().getTime() + 60_000, maxAttempts: 2, onCrash: 'retry' }),
  )
}
const ended = (id: string) => ({ jobId: id, owner: 'o', now: now(), expiresAt: 2e9 })
const failed = (id: string) => ({ ...ended(id), attempt: 1, error: 'no', failures: [] })

async function waitOf(id: string) {
  const groupJobs = async (group: string) =>
    store.items('outbox').filter(({ pk }) => pk === groupKey(group)) as unknown as Turn[]
  const control = {
    state: async () => {
      asked++
      return state
    },
  }
  const cache = createCache(() => now().getTime())
  const records = memoryRecords(store)
  const named = { store, clock, registry, records, control, cache, groupJobs, jobOwners: [], links: () => ({}) }
  const { status, body } = await apiOf(jobs, { ...memoryReader(store), ...named })({ path: `/jobs/${id}` })
  expect(status).toBe(200)
  return body.waitingFor === undefined ? undefined : [body.waitingFor, body.waitingOn]
}

const pause = () => notePause(store, { lane: 'default', by: 'ann', at: now().toISOString() }, false)

describe('a job of a paused lane', () => {
  it('waits for the lane, and says who paused it and when', async () => {
    const id = await written('work')
    const { at } = await pause()
    state = 'paused'
    expect(await waitOf(id)).toEqual(['paused-lane', { lane: 'default', pausedBy: 'ann', pausedAt: at }])
  })

  it('waits for its time first', async () => {
    const id = await written('work', 3_600_000)
    await pause()
    state = 'paused'
    expect((await waitOf(id))?.[0]).toBe('schedule')
  })

  it('waits for it no more once the lane runs, although the note of the pause was left behind', async () => {
    const id = await written('work')
    await pause()
    expect(await waitOf(id)).toBeUndefined()
  })

  it('that runs or waits for its backoff does not wait for the lane', async () => {
    const id = await written('work')
    await pause()
    state = 'paused'
    await claim(id)
    expect(await waitOf(id)).toBeUndefined()
    await store.write(failWrite({ ...failed(id), notBefore: now().getTime() + 1_000 }))
    expect(await waitOf(id)).toBeUndefined()
    clock.advance(1_000)
    expect((await waitOf(id))?.[0]).toBe('paused-lane')
  })
})

it('Lambda is not asked about a lane whose pause is not noted', async () => {
  expect(await waitOf(await written('work'))).toBeUndefined()
  expect(asked).toBe(0)
})

describe('a job of a group', () => {
  it('waits for the first job before it that has not ended, and the first one waits for none', async () => {
    const [first, second, third] = [await written('step'), await written('step'), await written('step')]
    expect(await waitOf(first)).toBeUndefined()
    for (const id of [second, third]) expect(await waitOf(id)).toEqual(['group', { job: first }])
    await claim(first)
    expect(await waitOf(third)).toEqual(['group', { job: first }])
    await store.write(failWrite({ ...failed(first), notBefore: now().getTime() + 60_000 }))
    expect(await waitOf(third)).toEqual(['group', { job: first }])
    await claim(second)
    await store.write(completeWrite(ended(second)))
    clock.advance(120_000)
    await claim(first)
    await store.write(dieWrite(failed(first)))
    expect(await waitOf(third)).toBeUndefined()
  })

  it('does not wait for a job that starts later, though it was written before', async () => {
    const later = await written('step', 3_600_000)
    const id = await written('step')
    expect(await waitOf(id)).toBeUndefined()
    expect((await waitOf(later))?.[0]).toBe('schedule')
  })

  it('waits for the group before its rate limit, which the first of the group waits for', async () => {
    const [first, second] = [await written('limited'), await written('limited')]
    const pace = { step: 60_000, early: 0, late: 0 }
    await takeSlots(store, { pk: 'limit#limited', pace, jobs: 3, hasWaited: false, ahead: 0 }, now().getTime())
    expect((await waitOf(first))?.[0]).toBe('rate-limit')
    expect(await waitOf(second)).toEqual(['group', { job: first }])
  })
})

it('the key of a rate limit is hidden where it follows from what the type hides', async () => {
  const id = await written('mail')
  const pace = { step: 60_000, early: 0, late: 0 }
  await takeSlots(
    store,
    { pk: 'limit#mail#ann@example.com', pace, jobs: 3, hasWaited: false, ahead: 0 },
    now().getTime(),
  )
  const [waitingFor, waitingOn] = (await waitOf(id)) ?? []
  expect(waitingFor).toBe('rate-limit')
  expect(waitingOn.limit).toEqual({ type: 'mail', limit: 1, perSeconds: 60, key: '[redacted]' })
})
