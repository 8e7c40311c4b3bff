/** One world: the stack, and what it stands on. Its driver says what is asked of it, and may decide on every call. */
import type { Point, Series } from '../../../functions/aws/monitor.ts'
import type { StreamRecord } from '../../../local/mappings/stream-record.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import { bucketOf, outboxKey } from '../../../shared/lib/id.ts'
import type { Item } from '../../../shared/lib/write.ts'
import { simIds } from '../../support/random.ts'
import { lanes } from './app.ts'
import { simDynamoDb } from './dynamodb.ts'
import { createFaults, type Faults } from './faults.ts'
import { consumerFunction } from './functions/consume.ts'
import { isCounted, prefix } from './functions/reconcile.ts'
import { relayFunction } from './functions/relay.ts'
import { sweepTimeout, timersFunction } from './functions/sweep.ts'
import type { Image } from './image.ts'
import { createLosses, type Losses } from './losses.ts'
import { createProcesses, type Hold, type Processes } from './process.ts'
import { type QueueMapping, queueMapping } from './queue-mapping.ts'
import { type SimLane, type SimSqs, simSqs, timersUrl } from './sqs.ts'
import type { Stack } from './stack.ts'
import { type StreamMapping, streamMapping } from './stream-mapping.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { createWitness } from './witness.ts'

export interface WorldSettings {
  readonly seed: number
  /** Receives after which SQS moves a message to the dead-letter queue. */
  readonly maxReceiveCount: number
  /** How long a run of the reconciler works, in ms. @default almost 15 minutes */
  readonly runMs?: number
  /** Messages that a consumer gets at most. @default as the lane says */
  readonly batchSize?: number
  /**
   * A driver that decides on each call. Then nothing goes wrong by chance, and nothing polls by itself. @default chance decides,
   * and Lambda's pollers poll
   */
  readonly hold?: Hold
}

export interface World {
  readonly stack: Stack
  readonly timeline: Timeline
  readonly faults: Faults
  readonly processes: Processes
  readonly losses: Losses
  /** Of the standard lanes, and of the ordered one. */
  readonly relays: readonly StreamMapping[]
  readonly consumers: ReadonlyMap<string, QueueMapping>
  readonly timers: QueueMapping
  /** Whether nothing goes on, and nothing waits for its time. */
  isAtRest(): boolean
}

/** ms since the epoch. */
export const start = Date.UTC(2026, 0, 1)
/** As infra/lanes/relay.ts sets it. */
const reading = { batchSize: 100, maximumRetries: 10_000, maximumRecordAgeSeconds: 20 * 3_600, bisectOnError: true }
const relayTimeout = 60

export function createWorld({ seed, maxReceiveCount, runMs = 890_000, batchSize, hold }: WorldSettings): World {
  const isAutomatic = hold === undefined
  const timeline = createTimeline(start)
  const { now } = timeline
  const faults = createFaults(seed)
  if (!isAutomatic) faults.end()
  const witness = createWitness({
    now,
    effectOf: (id) => dynamoDb.item('effects', { pk: id }) as Effect | undefined,
    keepsArrows: !isAutomatic,
  })
  const processes = createProcesses({ timeline, faults, hold, threw: witness.threw })
  const consumers = new Map<string, QueueMapping>()
  const dynamoDb = simDynamoDb({ now, changed: witness.changed, streamed: (...change) => stream(...change) })
  const idOf = ({ body }: { readonly body: string }) => String(JSON.parse(body).id)
  const sqs = simSqs({
    ...{ lanes, now, faults, maxReceiveCount },
    changed: (queue) => (queue === timersUrl ? timers : consumers.get(queue))?.wake(),
    sent: (queue, body) => queue !== timersUrl && witness.sent(queue, idOf({ body })),
    deadLetterSent: (entry) => witness.deadLetterSent(idOf(entry), entry.deaths ?? 0),
    moved(message) {
      faults.count('moved by SQS')
      witness.moved(idOf(message))
    },
    deadLetterExpired: (message) => witness.deadLetterGone(idOf(message)),
    expired: (message) => witness.expired(idOf(message)),
  })
  const lags: Lag[] = []
  const stack: Stack = {
    ...{ dynamoDb, sqs, ids: simIds(), witness, now, runMs },
    watch: watchOf({ now, sqs, lags, isRunning: (lane) => consumers.get(lane)?.isEnabled !== false }),
    sentLate: (ms) => lags.push({ at: now(), ms }),
    deployed: { isOld: false, lanes },
    repeatedWithin: isAutomatic ? 10 * 60_000 : 0,
    isHeldUp: (id) =>
      !isAutomatic &&
      (relays.some((relay) => relay.has(id)) || dynamoDb.item('outbox', outboxKey(id))?.due !== undefined),
  }
  const losses = createLosses({
    now,
    stateOf: (id) => dynamoDb.item('effects', { pk: id })?.state,
    wasResent: (id) => witness.resent.has(id),
    lost(id, foundBy) {
      faults.count('lost alone')
      witness.lost.set(id, foundBy)
      witness.excused.add(id)
    },
  })

  const relays = (isAutomatic ? [4, 1] : [1, 1]).map((parallelizationFactor) => {
    let remembered = new Map<string, number>()
    // In life a record becomes too old in an outage alone, which is excused as a whole.
    const settings = {
      ...reading,
      parallelizationFactor,
      isAutomatic,
      ...(!isAutomatic && { gaveUp: witness.trimmed }),
    }
    return streamMapping({ timeline, faults }, settings, async (records) => {
      const ending = await processes.invoke(relayTimeout, relayFunction(stack, records, remembered))
      if (ending.kind === 'died') remembered = new Map()
      return ending
    })
  })
  /** A driver that decides on each call has the poller as a process of its own, which may be late, or die. */
  const deleteMessages = (perform: () => void) => {
    if (isAutomatic) perform()
    else void processes.invoke(relayTimeout, (poller) => poller.call('delete', async () => perform()))
  }
  const around = { timeline, faults, deleteMessages }
  // Hidden when they are taken for as long as a sweep may take.
  const timers = queueMapping(
    { queue: sqs.timers, name: timersUrl, isOrdered: false },
    { batchSize: 10, maximumConcurrency: 20, timeoutSeconds: sweepTimeout / 6, isAutomatic },
    {
      ...around,
      takesMessage: () => false,
      consume: (records) => processes.invoke(sweepTimeout, timersFunction(stack, records)),
    },
  )
  for (const simLane of sqs.lanes) {
    const lane = lanes.find(({ name }) => name === simLane.name) as (typeof lanes)[number]
    const settings = { ...lane, batchSize: batchSize ?? lane.batchSize, isAutomatic }
    const { takesMessage } = losses
    const consume: Parameters<typeof queueMapping>[2]['consume'] = (records) =>
      processes.invoke(lane.timeoutSeconds, consumerFunction(stack, lane.name, records))
    consumers.set(lane.name, queueMapping(simLane, settings, { ...around, takesMessage, consume }))
  }

  const shards = isAutomatic ? 3 : 1
  const appearsAt = new Array<number>(shards).fill(0)
  let sequence = 0
  /** A record appears a little later, in the order of its shard. */
  function later(shard: number, appear: () => void): void {
    const appears = Math.max(appearsAt[shard] ?? 0, now() + faults.pick(300))
    appearsAt[shard] = appears
    timeline.after(appears - now(), appear)
  }
  function stream(eventName: 'INSERT' | 'MODIFY', item: Item, image: Image): void {
    if (eventName === 'INSERT' && losses.takesRecord(item)) return
    const shard = bucketOf(String(item.pk), shards)
    const record = streamRecordOf(eventName, item, image, { sequence: ++sequence, at: now() })
    const relay = relays[item.lane === 'ordered' ? 1 : 0]
    const put = () => relay?.put(shard, record)
    if (isAutomatic) later(shard, put)
    else put()
  }

  const isAtRest = () =>
    witness.calmSince === Number.POSITIVE_INFINITY &&
    processes.alive === 0 &&
    !dynamoDb.hasJobsThatWait &&
    relays.every(({ isIdle }) => isIdle) &&
    sqs.lanes.every(({ queue, name }) => queue.size === 0 || !consumers.get(name)?.isEnabled)
  return { stack, timeline, faults, processes, losses, relays, consumers, timers, isAtRest }
}

function streamRecordOf(
  eventName: 'INSERT' | 'MODIFY',
  item: Item,
  image: Image,
  { sequence, at }: { readonly sequence: number; readonly at: number },
): StreamRecord {
  const sequenceNumber = String(sequence).padStart(21, '0')
  const dynamodb = {
    SequenceNumber: sequenceNumber,
    NewImage: image,
    ApproximateCreationDateTime: Math.round(at / 1000),
  }
  const event = { eventName, dynamodb }
  return { sequenceNumber, itemKey: `${item.pk}/${item.sk}`, createdAt: at, bytes: 500, event }
}

/** Something was sent to a lane for the first time, so late. */
interface Lag {
  readonly at: number
  readonly ms: number
}

interface Watched {
  readonly now: () => number
  readonly sqs: SimSqs
  readonly lags: readonly Lag[]
  readonly isRunning: (lane: string) => boolean
}

/** The two series that the reconciler reads, and the state of a lane. SQS does not count messages that were received often. */
function watchOf({ now, sqs, lags, isRunning }: Watched): Stack['watch'] {
  const lanes = new Map(sqs.lanes.map((lane) => [`${prefix}-${lane.name}${lane.isOrdered ? '.fifo' : ''}`, lane]))
  async function read([{ name, dimensions }]: readonly [Series, ...Series[]], since: Date): Promise<Point[][]> {
    const point = (value: number) => [[{ at: now(), value }]]
    if (name === 'IteratorAge')
      return point(Math.max(0, ...lags.filter(({ at }) => at >= since.getTime()).map(({ ms }) => ms)))
    const lane = lanes.get(dimensions.QueueName ?? '') as SimLane
    const counted = lane.queue.messages.filter((message) => isCounted(lane, message))
    return point((now() - Math.min(now(), ...counted.map(({ sentAt }) => sentAt))) / 1000)
  }
  return {
    monitor: { read },
    control: { state: async (lane) => (isRunning(lane) ? 'running' : 'paused') },
  }
}
