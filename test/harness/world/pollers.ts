/** Lambda's pollers: they invoke the relays, the consumers and the releaser of timers. */
import { lanes } from './app.ts'
import type { Faults } from './faults.ts'
import { consumerFunction } from './functions/consume.ts'
import { relayFunction } from './functions/relay.ts'
import { sweepTimeout, timersFunction } from './functions/sweep.ts'
import type { Losses } from './losses.ts'
import type { Processes } from './process.ts'
import { type Consume, type QueueMapping, queueMapping } from './queue-mapping.ts'
import { timersUrl } from './sqs.ts'
import type { Stack } from './stack.ts'
import { type StreamMapping, streamMapping } from './stream-mapping.ts'
import type { Timeline } from './timeline.ts'

export interface Pollers {
  /** Of the standard lanes, and of the ordered one. */
  readonly relays: readonly StreamMapping[]
  readonly consumers: ReadonlyMap<string, QueueMapping>
  readonly timers: QueueMapping
}

interface PollerSettings {
  readonly stack: Stack
  readonly timeline: Timeline
  readonly faults: Faults
  readonly processes: Processes
  readonly losses: Losses
  /** Whether they poll by themselves, as in life. */
  readonly isAutomatic: boolean
  /** Messages that a consumer gets at most. @default as the lane says */
  readonly batchSize?: number
}

const relayTimeout = 60
/** As infra/lanes/relay.ts sets it. */
const reading = { batchSize: 100, maximumRetries: 10_000, maximumRecordAgeSeconds: 20 * 3_600, bisectOnError: true }

export function createPollers(settings: PollerSettings): Pollers {
  const relays = [4, 1].map((parallelizationFactor) => relayOf(settings, parallelizationFactor))
  return { relays, consumers: consumersOf(settings), timers: timersOf(settings) }
}

function relayOf({ stack, timeline, faults, processes, isAutomatic }: PollerSettings, factor: number): StreamMapping {
  const mapping = {
    ...reading,
    isAutomatic,
    parallelizationFactor: isAutomatic ? factor : 1,
    // In life a record becomes too old in an outage alone, which is excused as a whole.
    ...(!isAutomatic && { gaveUp: stack.witness.trimmed }),
  }
  let remembered = new Map<string, number>()
  return streamMapping({ timeline, faults }, mapping, async (records) => {
    const ending = await processes.invoke(relayTimeout, relayFunction(stack, records, remembered))
    if (ending.kind === 'died') remembered = new Map()
    return ending
  })
}

function consumersOf(settings: PollerSettings): ReadonlyMap<string, QueueMapping> {
  const { stack, processes, losses, isAutomatic } = settings
  const mappings = stack.sqs.lanes.map((simLane): [string, QueueMapping] => {
    const lane = lanes.find(({ name }) => name === simLane.name) as (typeof lanes)[number]
    const batchSize = settings.batchSize ?? lane.batchSize
    const consume: Consume = (records) =>
      processes.invoke(lane.timeoutSeconds, consumerFunction(stack, lane.name, records))
    const around = { ...aroundOf(settings), takesMessage: losses.takesMessage, consume }
    return [lane.name, queueMapping(simLane, { ...lane, batchSize, isAutomatic }, around)]
  })
  return new Map(mappings)
}

function timersOf(settings: PollerSettings): QueueMapping {
  const { stack, processes, isAutomatic } = settings
  const consume: Consume = (records) => processes.invoke(sweepTimeout, timersFunction(stack, records))
  return queueMapping(
    { queue: stack.sqs.timers, name: timersUrl, isOrdered: false },
    // Hidden when they are taken for as long as a sweep may take.
    { batchSize: 10, maximumConcurrency: 20, timeoutSeconds: sweepTimeout / 6, isAutomatic },
    { ...aroundOf(settings), takesMessage: () => false, consume },
  )
}

function aroundOf({ timeline, faults, processes, isAutomatic }: PollerSettings) {
  /** A driver that decides on each call has the poller as a process of its own, which may be late, or die. */
  const deleteMessages = (perform: () => void) => {
    if (isAutomatic) perform()
    else void processes.invoke(relayTimeout, (poller) => poller.call('delete', async () => perform()))
  }
  return { timeline, faults, deleteMessages }
}
