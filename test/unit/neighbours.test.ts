/** A job that kills its process, and the jobs that were in the same batch. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, type JobSettings, request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { jobId } from '../../shared/lib/id.ts'
import { outboxWrite } from '../../shared/outbox/envelope.ts'
import { outgoing } from '../../shared/outbox/message.ts'
import { envelopesOf } from '../../shared/outbox/outbox-item.ts'
import { lanes } from '../support/app.ts'
import { memoryStore } from '../support/memory-store.ts'
import { start } from '../support/processes.ts'
import { seeded, simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'
import { laneMessage, type SimLane, simConsumerQueue } from '../support/sim-lanes.ts'
import { simQueue } from '../support/sim-queue.ts'

const [timeout, visibility] = [15_000, 90]
const payload = z.object({ label: z.string() })

interface Lot {
  readonly seed: number
  readonly type: Partial<JobSettings<typeof payload>>
  readonly lane?: 'default' | 'ordered'
  /** Messages of one batch; the others wait. */
  readonly batchSize?: number
}

/** Ten jobs on an idle lane, one of which kills its process in every attempt; tells how each ended and how often it ran. */
async function tenJobs({ seed, type, lane: name = 'default', batchSize = 10 }: Lot) {
  const clock = simClock(seeded(seed))
  const store = memoryStore(clock)
  const ids = simIds()
  const fifo = name === 'ordered'
  const lane: SimLane = { fifo, queue: simQueue({ clock, fifo }), deadLetters: simQueue({ clock, fifo }) }
  const runs = new Map<string, number>()
  const culprit = String(seed % 10)
  let kill = () => {}
  const run = async ({ label }: { label: string }) => {
    runs.set(label, (runs.get(label) ?? 0) + 1)
    if (label !== culprit) return undefined
    kill()
    return new Promise<undefined>(() => {})
  }
  const group = fifo ? { group: ({ label }: { label: string }) => label } : {}
  const job = defineJob({ type: 'job', lane: name, schema: payload, maxAttempts: 3, ...group, ...type, run })
  const registry = defineRegistry([job], lanes)
  for (let label = 0; label < 10; label++) {
    const one = request(job, { label: String(label) })
    const id = jobId(ids.fresh(), fifo ? String(label) : undefined)
    const origin = { now: clock.now(), hops: 0, outboxLifetime: 100 }
    await store.write(outboxWrite({ ...one, id }, origin, registry))
  }
  for (const envelope of envelopesOf(store.items('outbox')))
    lane.queue.send(outgoing(envelope, fifo ? 'ordered' : 'standard', clock.now()))

  for (let invocations = 0; lane.queue.size > 0 && invocations < 200; invocations++) {
    const messages = lane.queue.receive(batchSize, visibility).map((message) => laneMessage(lane, message))
    if (messages.length === 0) clock.advance((lane.queue.readyAt ?? 0) - clock.now().getTime())
    else await invoke(messages)
  }
  /** One invocation: every call to the outside is let through until the process ends, or is killed. */
  async function invoke(messages: ReturnType<typeof laneMessage>[]) {
    const deadline = clock.now().getTime() + timeout
    let isKilled = false
    const process = await start(async (gate) => {
      const deps: ConsumerDeps = {
        store: gate('store', store),
        queue: gate('queue', simConsumerQueue(lane)),
        registry,
        services: {} as Services,
        clock,
        ids,
        lifetimes: { outbox: 100, effect: 200 },
        observe: () => {},
        report: () => {},
      }
      const returned = await consumeBatch(deps, messages, deadline)
      for (const { messageId, receiptHandle } of messages)
        if (!returned.includes(messageId)) lane.queue.remove(receiptHandle)
    })
    kill = () => {
      isKilled = true
    }
    while (process.calls.length > 0 && !isKilled)
      await process.step(Math.floor(clock.random() * process.calls.length), 'done')
    if (isKilled) process.die(0, false)
  }

  const effects = store.items('effects') as unknown as Effect[]
  const labelOf = new Map(
    envelopesOf(store.items('outbox')).map(({ id, payload }) => [id, (payload as { label: string }).label]),
  )
  const ends: Record<string, Effect> = Object.fromEntries(
    effects.map((effect) => [labelOf.get(effect.pk) ?? '', effect]),
  )
  const { [culprit]: culpritEnd, ...neighbours } = ends
  return {
    culprit: culpritEnd,
    neighbours: Object.values(neighbours),
    runs,
    deadLetters: lane.deadLetters.size,
    label: culprit,
  }
}

const seeds = Array.from({ length: 100 }, (_, seed) => seed)

describe('a job that kills its process, among ten on an idle lane', () => {
  it.each<[string, Omit<Lot, 'seed'>]>([
    ['with attempts to spare', { type: {} }],
    ['with one attempt each', { type: { maxAttempts: 1 } }],
    ['that must never run twice', { type: { onCrash: 'dead-letter' } }],
    ['in small batches', { type: { maxAttempts: 2 }, batchSize: 3 }],
    ['of ten groups of an ordered lane', { type: { maxAttempts: 1 }, lane: 'ordered' }],
  ])('leaves its neighbours alone in 100 runs of 100: jobs %s', async (_, lot) => {
    for (const seed of seeds) {
      const { culprit, neighbours, deadLetters } = await tenJobs({ ...lot, seed })
      expect(
        neighbours.map(({ state }) => state),
        `seed ${seed}`,
      ).toEqual(Array(9).fill('succeeded'))
      expect([culprit?.state, deadLetters], `seed ${seed}`).toEqual(['dead', 1])
    }
  })

  it('runs at most once more than it may by itself: the crash that it shared with others is not held against it', async () => {
    for (const seed of seeds) {
      const { runs, label, culprit } = await tenJobs({ seed, type: {} })
      expect(runs.get(label), `seed ${seed}`).toBeLessThanOrEqual(4)
      expect(culprit?.lastError).toMatch(/^CrashError/)
    }
  })

  it('that must never run twice has run once, and so has each of its neighbours', async () => {
    for (const seed of seeds) {
      const { runs } = await tenJobs({ seed, type: { onCrash: 'dead-letter' } })
      expect([...runs.values()], `seed ${seed}`).toEqual(Array(10).fill(1))
    }
  })
})
