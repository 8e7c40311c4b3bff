/** One world: the stack, what it stands on, and who uses it. */
import type { Point } from '../../../functions/aws/monitor.ts'
import type { Series } from '../../../functions/aws/series.ts'
import type { StreamRecord } from '../../../local/mappings/stream-record.ts'
import { bucketOf } from '../../../shared/lib/id.ts'
import type { Item } from '../../../shared/lib/write.ts'
import { simIds } from '../../support/random.ts'
import type { SimMessage } from '../../support/sim-queue.ts'
import { lanes } from './app.ts'
import { type Callers, createCallers } from './callers.ts'
import { simDynamoDb } from './dynamodb.ts'
import { createFaults, type Faults } from './faults.ts'
import { consumerFunction, relayFunction, type Stack, timersFunction } from './functions.ts'
import { createLosses, type Losses } from './losses.ts'
import { createProcesses, type Processes } from './process.ts'
import { type QueueMapping, queueMapping } from './queue-mapping.ts'
import { simSqs, timersUrl } from './sqs.ts'
import { type StreamMapping, streamMapping } from './stream-mapping.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { createWitness } from './witness.ts'

export interface World {
  readonly stack: Stack
  readonly timeline: Timeline
  readonly faults: Faults
  readonly processes: Processes
  readonly callers: Callers
  readonly losses: Losses
  readonly relays: readonly StreamMapping[]
  readonly consumers: ReadonlyMap<string, QueueMapping>
  /** Whether a deploy has removed the default lane. */
  readonly laneStates: { known: ReturnType<Stack['knownLanes']> }
  /** Whether nothing goes on, and nothing waits for its time. */
  isAtRest(): boolean
}

/** ms since the epoch. */
export const start = Date.UTC(2026, 0, 1)
const shards = 3
/** As infra/lanes/relay.ts sets it. */
const reading = { batchSize: 100, maximumRetries: 10_000, maximumRecordAgeSeconds: 20 * 3_600, bisectOnError: true }

export function createWorld(seed: number): World {
  const timeline = createTimeline(start)
  const { now } = timeline
  const faults = createFaults(seed)
  const processes = createProcesses(timeline, faults)
  const witness = createWitness()
  const consumers = new Map<string, QueueMapping>()
  const relays: StreamMapping[] = []
  const dynamoDb = simDynamoDb(now, (change, item, image) => {
    if (change === 'INSERT') witness.wrote(item, now())
    stream(change, item, image)
  })
  // Some worlds have queues that lose patience early, so that SQS moves messages by itself.
  const maxReceiveCount = seed % 3 === 0 ? 4 : 50
  const changed = (queue: string) => (queue === timersUrl ? timers : consumers.get(queue))?.wake()
  const sent = (queue: string, body: string) => {
    if (queue === 'ordered') witness.sent(JSON.parse(body).id, now())
  }
  const moved = ({ body }: SimMessage) => {
    faults.count('moved by SQS')
    witness.outOfTurn.add(JSON.parse(body).id)
  }
  const sqs = simSqs({ lanes, now, faults, maxReceiveCount, changed, sent, moved })
  const laneStates = { known: 'all' as ReturnType<Stack['knownLanes']> }
  const lags: { readonly at: number; readonly ms: number }[] = []
  const stack: Stack = {
    ...{ dynamoDb, sqs, ids: simIds(), witness, now },
    watch: { monitor: { read }, control: { state } },
    sentLate: (ms) => lags.push({ at: now(), ms }),
    knownLanes: () => laneStates.known,
    // In some worlds a run reads a page of each segment at most.
    runMs: seed % 3 === 1 ? 0 : 890_000,
  }
  const at = { timeline, faults }
  const losses = createLosses({
    now,
    stateOf: (id) => dynamoDb.item('effects', { pk: id })?.state,
    wasResent: (id) => witness.resentJobs.has(id),
    lost(id, foundBy) {
      faults.count('lost alone')
      witness.lost.set(id, foundBy)
      witness.excused.add(id)
    },
  })

  for (const parallelizationFactor of [4, 1]) {
    let remembered = new Map<string, number>()
    const invoke = async (records: Parameters<typeof relayFunction>[1]) => {
      const ending = await processes.invoke(60, relayFunction(stack, records, remembered))
      if (ending.kind === 'died') remembered = new Map()
      return ending
    }
    relays.push(streamMapping(at, { ...reading, parallelizationFactor }, invoke))
  }
  const timerLane = { queue: sqs.timers, name: timersUrl, isOrdered: false }
  // Hidden for 75 s when they are taken: as long as a sweep may take.
  const timerSettings = { batchSize: 10, maximumConcurrency: 20, timeoutSeconds: 75 / 6 }
  const timers = queueMapping(at, timerLane, timerSettings, { takesMessage: () => false }, (records) =>
    processes.invoke(75, timersFunction(stack, records)),
  )
  for (const lane of lanes) {
    const simLane = sqs.lanes.find(({ name }) => name === lane.name) as (typeof sqs.lanes)[number]
    const consume = (records: Parameters<typeof consumerFunction>[2]) =>
      processes.invoke(lane.timeoutSeconds, consumerFunction(stack, lane.name, records))
    consumers.set(lane.name, queueMapping(at, simLane, lane, losses, consume))
  }

  const appearsAt = new Array<number>(shards).fill(0)
  let sequence = 0
  /** A record appears a little later, in the order of its shard. */
  function stream(eventName: 'INSERT' | 'MODIFY', item: Item, image: unknown): void {
    if (eventName === 'INSERT' && losses.takesRecord(item)) return
    const shard = bucketOf(String(item.pk), shards)
    const appears = Math.max(appearsAt[shard] ?? 0, now() + faults.pick(300))
    appearsAt[shard] = appears
    const sequenceNumber = String(++sequence).padStart(21, '0')
    const dynamodb = {
      SequenceNumber: sequenceNumber,
      NewImage: image,
      ApproximateCreationDateTime: Math.round(now() / 1000),
    }
    const event = { eventName, dynamodb }
    const record: StreamRecord = {
      sequenceNumber,
      itemKey: `${item.pk}/${item.sk}`,
      createdAt: now(),
      bytes: 500,
      event,
    }
    const mapping = relays[item.lane === 'ordered' ? 1 : 0]
    timeline.after(appears - now(), () => mapping?.put(shard, record))
  }

  async function state(lane: string) {
    return consumers.get(lane)?.isEnabled === false ? 'paused' : 'running'
  }
  /** The two series that the reconciler reads: SQS does not count messages that were received often. */
  async function read([{ name, dimensions }]: readonly [Series, ...Series[]], since: Date): Promise<Point[][]> {
    if (name === 'IteratorAge') {
      const late = lags.filter(({ at }) => at >= since.getTime()).map(({ ms }) => ms)
      return [[{ at: now(), value: Math.max(0, ...late) }]]
    }
    const lane = sqs.lanes.find(
      ({ name }) => dimensions.QueueName === `simulated-${name}${name === 'ordered' ? '.fifo' : ''}`,
    )
    const counted = lane?.queue.messages.filter(({ receiveCount }) => lane.isOrdered || receiveCount <= 3) ?? []
    return [[{ at: now(), value: (now() - Math.min(now(), ...counted.map(({ sentAt }) => sentAt))) / 1000 }]]
  }

  const callers = createCallers({ stack, timeline, faults, processes })
  const isAtRest = () =>
    witness.calmSince === Number.POSITIVE_INFINITY &&
    processes.alive === 0 &&
    !dynamoDb.hasJobsThatWait &&
    relays.every(({ isIdle }) => isIdle) &&
    sqs.lanes.every(({ queue, name }) => queue.size === 0 || !consumers.get(name)?.isEnabled)
  return { stack, timeline, faults, processes, callers, losses, relays, consumers, isAtRest, laneStates }
}
