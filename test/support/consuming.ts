/** One message of a lane at a consumer, with a store in memory: for the tests of what becomes of it. */
import { beforeEach } from 'vitest'
import { z } from 'zod'
import { defineJob, type JobSettings } from '../../shared/define/job.ts'
import { defineRegistry, type Registry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { consume } from '../../shared/execution/consume.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import type { JobEvent, LaneMessage, Store } from '../../shared/lib/ports.ts'
import { lanes } from './app.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'
import { simIds } from './random.ts'
import { type SimClock, simClock } from './sim-clock.ts'

export const id = '00000000-0000-7000-8000-000000000001'
export let clock: SimClock
export let store: MemoryStore
/** What the queue was told. */
export let log: unknown[][]
export let events: JobEvent[]
export let faults: unknown[]

/** Each test of the file begins with an empty store. */
export function freshForEach(): void {
  beforeEach(() => {
    clock = simClock()
    forgetAll()
    log = []
    events = []
    faults = []
  })
}

/** As if the job had never been here. */
export function forgetAll(): void {
  store = memoryStore(clock)
}

export const envelope = { v: 1, id, type: 'job', version: 1, payload: { n: 1 }, lane: 'default', hops: 0 }
export const createdAt = '2026-01-01T00:00:00.000Z'
export function message(change: object = {}, deaths = 0): LaneMessage {
  const body = JSON.stringify({ ...envelope, createdAt, ...change })
  return { messageId: 'm', receiptHandle: 'r', body, receiveCount: 1, deaths }
}

export const minute = 60_000

export type Settings = Partial<JobSettings<z.ZodObject<{ n: z.ZodInt }>>>
/** Handles a message with a job type made of `settings`, 15 s before the end of its process. */
export function handle(settings: Settings, given = message(), through: Partial<Store> = {}, secondsLeft = 15) {
  const backoff = { baseSeconds: 8, capSeconds: 8 }
  const job = defineJob({
    type: 'job',
    schema: z.object({ n: z.int() }),
    backoff,
    maxAttempts: 2,
    run: () => undefined,
    ...settings,
  })
  return consume(depsOf(defineRegistry([job], lanes), through), given, clock.now().getTime() + secondsLeft * 1000)
}

export function depsOf(registry: Registry, through: Partial<Store> = {}): ConsumerDeps {
  return {
    store: { ...store, ...through },
    clock,
    ids: simIds(),
    registry,
    services: {} as Services,
    lifetimes: { outbox: 100, effect: 200 },
    queue: {
      changeVisibility: async (_, seconds) => void log.push(['back', seconds]),
      extendVisibility: async () => {},
      sendToDeadLetterQueue: async (_, letter) => void log.push(['dead letter', letter.deaths, letter.reason]),
    },
    observe: (event) => events.push(event),
    report: ({ error }) => faults.push(error),
  }
}
export const effect = async () => (await store.get('effects', { pk: id })) as Effect | undefined
export const kinds = () => events.map(({ kind }) => kind)
export const fails = () => {
  throw new Error('no\nluck')
}
