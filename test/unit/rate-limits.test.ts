/** Rate limits: how many jobs of a key start in any window, over many consumers, and what waiting costs. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { defineJob, type JobSettings, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import { createLimiter } from '../../shared/execution/rate-limit/limiter.ts'
import { jobId } from '../../shared/lib/id.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Clock, JobEvent, Store } from '../../shared/lib/ports.ts'
import { envelopesOf, outboxWrite } from '../../shared/outbox/envelope.ts'
import { outgoing } from '../../shared/outbox/message.ts'
import { lanes } from '../support/app.ts'
import { memoryStore } from '../support/memory-store.ts'
import { seeded, simIds } from '../support/random.ts'
import { laneMessage, type SimLane, simConsumerQueue } from '../support/sim-lanes.ts'
import { simQueue } from '../support/sim-queue.ts'

const schema = z.object({ label: z.string(), key: z.string().optional() })
type Settings = Partial<JobSettings<typeof schema>>

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }))
afterEach(() => void vi.useRealTimers())

/** Consumers of one lane at work at the same time, whose calls take some ms. */
function consumers(settings: Settings, width = 20) {
  const random = seeded(7)
  const clock: Clock = {
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random,
  }
  const memory = memoryStore(clock)
  const runs: { readonly at: number; readonly label: string; readonly key?: string }[] = []
  const job = defineJob({
    ...{ type: 'job', schema, rateLimit: { limit: 20, perSeconds: 1 } },
    run: ({ label, key }) => void runs.push({ at: Date.now(), label, key }),
    ...settings,
  })
  const registry = defineRegistry([job], lanes)
  const lane: SimLane = { fifo: false, queue: simQueue({ clock }), deadLetters: simQueue({ clock }) }
  const writes = { limit: 0, refused: 0, effect: 0 }
  const events: JobEvent[] = []
  const slow: Store = {
    ...memory,
    async write(write) {
      await clock.sleep(2 + random() * 20)
      const result = await memory.write(write)
      const isLimit = write.op === 'update' && String(write.key.pk).startsWith('limit#')
      writes[isLimit ? 'limit' : 'effect']++
      if (isLimit && result.kind === 'refused') writes.refused++
      await clock.sleep(2 + random() * 20)
      return result
    },
  }
  const ids = simIds()
  let isOn = true
  async function poll(): Promise<void> {
    const limiter = createLimiter({ store: slow, clock })
    while (isOn) {
      const taken = lane.queue.receive(10, 90)
      if (taken.length === 0) {
        await clock.sleep(50 + random() * 50)
        continue
      }
      const returned = await consumeBatch(
        {
          ...{ store: slow, clock, ids, registry, lifetimes, limiter },
          services: {} as Services,
          queue: simConsumerQueue(lane),
          observe: (event) => events.push(event),
          report: ({ error }) => {
            throw error
          },
        },
        taken.map((message) => laneMessage(lane, message)),
        Date.now() + 15_000,
      )
      for (const { id, receipt } of taken) if (!returned.includes(id)) lane.queue.remove(receipt)
    }
  }
  return {
    ...{ runs, writes, events, lane, memory, clock },
    async send(payloads: readonly z.infer<typeof schema>[]) {
      for (const payload of payloads) {
        const write = outboxWrite(
          { ...request(job, payload), id: jobId(ids.fresh(), undefined) },
          { now: clock.now(), hops: 0, outboxLifetime: lifetimes.outbox },
          registry,
        )
        await memory.write(write)
      }
      for (const envelope of envelopesOf(memory.items('outbox')).slice(-payloads.length))
        lane.queue.send(outgoing(envelope, 'standard', clock.now()))
    },
    async pass(ms: number) {
      isOn = true
      const polling = Array.from({ length: width }, poll)
      await vi.advanceTimersByTimeAsync(ms)
      isOn = false
      await Promise.race([Promise.all(polling), vi.advanceTimersByTimeAsync(20_000)])
    },
    receives: () => events.filter(({ kind }) => kind === 'started' || kind === 'limited').length,
  }
}

const labels = (count: number, key?: string) => Array.from({ length: count }, (_, n) => ({ label: String(n), key }))

/** Most starts in any window. */
function most(at: readonly number[], windowMs: number): number {
  const sorted = at.toSorted((a, b) => a - b)
  let [first, highest] = [0, 0]
  for (const [last, time] of sorted.entries()) {
    while ((sorted[first] as number) < time - windowMs) first++
    highest = Math.max(highest, last - first + 1)
  }
  return highest
}

describe('a backlog of a limited type', () => {
  it.each([
    { limit: 20, perSeconds: 1, burst: 4, count: 1_000 },
    { limit: 100, perSeconds: 1, burst: 20, count: 5_000 },
    { limit: 14, perSeconds: 1, burst: 3, count: 300 },
    { limit: 1, perSeconds: 1, burst: 1, count: 40 },
    { limit: 60, perSeconds: 60, burst: 1, count: 100 },
    { limit: 1_000, perSeconds: 1, burst: 200, count: 10_000 },
  ])('of $count jobs at $limit in $perSeconds s', async ({ limit, perSeconds, burst, count }) => {
    const world = consumers({ rateLimit: { limit, perSeconds, burst } })
    await world.send(labels(count))
    const began = Date.now()
    const ideal = (count / limit) * perSeconds * 1_000
    await world.pass(ideal * 1.15 + 3_000)
    const started = world.runs.map(({ at }) => at)
    expect(started).toHaveLength(count)
    console.log(
      limit,
      'most',
      most(started, perSeconds * 1_000),
      'took',
      (Math.max(...started) - began) / ideal,
      'receives',
      world.receives() / count,
      world.writes,
    )
    expect(most(started, perSeconds * 1_000)).toBeLessThanOrEqual(limit + burst)
    expect(Math.max(...started) - began).toBeLessThanOrEqual(ideal * 1.15 + 2_000)
    expect(world.receives() / count).toBeLessThanOrEqual(2.2)
  })
})
