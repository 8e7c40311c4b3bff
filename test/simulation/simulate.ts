/** One world from its first job to its last: built, thrown about, brought to rest, and judged. */
import type { StreamRecord } from '../../local/mappings/stream-record.ts'
import { bucketOf } from '../../shared/id.ts'
import type { Item } from '../../shared/write.ts'
import { simIds } from '../support/random.ts'
import { lanes } from './app.ts'
import { type Callers, createCallers } from './callers.ts'
import { simDynamoDb } from './dynamodb.ts'
import { createFaults, type Faults } from './faults.ts'
import { consumerFunction, reconcileFunction, relayFunction, type Stack, sweepFunction } from './functions.ts'
import { createProcesses, type Processes } from './process.ts'
import { type QueueMapping, queueMapping } from './queue-mapping.ts'
import { simSqs } from './sqs.ts'
import { type StreamMapping, streamMapping } from './stream-mapping.ts'
import { createTimeline, type Timeline, withTimersOn } from './timeline.ts'
import { type Verdict, verdictOn } from './verdict.ts'
import { createWitness } from './witness.ts'

export interface Report extends Verdict {
  readonly seed: number
  /** Jobs accepted, and those that other jobs caused. */
  readonly jobs: number
  readonly faults: ReadonlyMap<string, number>
  /** What consumers, operators and the reconciler saw, by kind. */
  readonly events: ReadonlyMap<string, number>
  readonly virtualMs: number
  /** Two runs with the same fingerprint were the same run, call by call. */
  readonly fingerprint: number
}

export interface World {
  readonly stack: Stack
  readonly timeline: Timeline
  readonly faults: Faults
  readonly processes: Processes
  readonly callers: Callers
  readonly relays: readonly StreamMapping[]
  readonly consumers: ReadonlyMap<string, QueueMapping>
  /** Whether nothing will happen any more but what the clock brings. */
  isAtRest(): boolean
}

const start = Date.UTC(2026, 0, 1)
const shards = 3
/** As infra/relay.ts sets it. */
const reading = { batchSize: 100, maximumRetries: 10_000, maximumRecordAgeSeconds: 20 * 3_600, bisectOnError: true }

/** Runs a world of its own for some jobs. The same arguments give the same run. */
export async function simulate(seed: number, jobs: number): Promise<Report> {
  const world = createWorld(seed)
  await withTimersOn(world.timeline, () => liveThrough(world, jobs))
  const { stack, faults, timeline, processes } = world
  return {
    seed,
    ...(await verdictOn(stack)),
    jobs: stack.witness.committed.size,
    faults: faults.counts,
    events: stack.witness.events,
    virtualMs: timeline.now() - start,
    fingerprint: processes.fingerprint,
  }
}

function createWorld(seed: number): World {
  const timeline = createTimeline(start)
  const { now } = timeline
  const faults = createFaults(seed)
  const processes = createProcesses(timeline, faults)
  const witness = createWitness()
  const consumers = new Map<string, QueueMapping>()
  const relays: StreamMapping[] = []
  const dynamoDb = simDynamoDb(now, (item, image) => {
    witness.committed.add(String(item.id))
    stream(item, image)
  })
  // Some worlds have queues that lose patience early, so that SQS moves messages by itself.
  const maxReceiveCount = seed % 3 === 0 ? 4 : 50
  const changed = (lane: string) => consumers.get(lane)?.wake()
  const sqs = simSqs({ lanes, now, faults, maxReceiveCount, changed })
  const stack: Stack = { dynamoDb, sqs, ids: simIds(), witness, now }
  const at = { timeline, faults }

  for (const parallelizationFactor of [4, 1]) {
    relays.push(
      streamMapping(at, { ...reading, parallelizationFactor }, (records) =>
        processes.invoke('relay', 60, relayFunction(stack, records)),
      ),
    )
  }
  for (const lane of lanes) {
    const simLane = sqs.lanes.find(({ name }) => name === lane.name) as (typeof sqs.lanes)[number]
    const consume = (records: Parameters<typeof consumerFunction>[2]) =>
      processes.invoke(lane.name, lane.timeoutSeconds, consumerFunction(stack, lane.name, records))
    consumers.set(lane.name, queueMapping(at, simLane, lane, consume))
  }

  const appearsAt = new Array<number>(shards).fill(0)
  let sequence = 0
  /** A record appears a little later, in the order of its shard. */
  function stream(item: Item, image: unknown): void {
    const shard = bucketOf(String(item.pk), shards)
    const appears = Math.max(appearsAt[shard] ?? 0, now() + faults.pick(300))
    appearsAt[shard] = appears
    const sequenceNumber = String(++sequence).padStart(21, '0')
    const event = { eventName: 'INSERT', dynamodb: { SequenceNumber: sequenceNumber, NewImage: image } }
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

  const callers = createCallers({ stack, timeline, faults, processes })
  const isAtRest = () =>
    processes.alive === 0 &&
    relays.every(({ isIdle }) => isIdle) &&
    sqs.lanes.every(({ queue, name }) => queue.size === 0 || !consumers.get(name)?.isEnabled)
  return { stack, timeline, faults, processes, callers, relays, consumers, isAtRest }
}

const [minute, hour] = [60_000, 3_600_000]
const day = 24 * hour
/** Arrivals a second. */
const rate = 60

async function liveThrough(world: World, jobs: number): Promise<void> {
  const periodic = keepTime(world)
  const few = Math.max(10, Math.ceil(jobs / 50))
  await outage(world, () => relayIsOff(world, few))
  await outage(world, () => laneIsOff(world, few))
  await load(world, jobs)
  await rest(world, 3 * hour)
  for (let n = 0; n < 3; n++) {
    void world.callers.redriveAll()
    await rest(world, 7 * hour)
  }
  periodic.stop()
  await letterFromLongAgo(world)
  world.faults.end()
  periodic.start()
  await rest(world, 28 * hour)
}

/** Jobs arrive at random moments, and operators do what they do. */
async function load({ timeline, callers, faults }: World, jobs: number): Promise<void> {
  for (let asked = 0; asked < jobs; ) {
    asked += callers.ask()
    if (faults.pick(100) === 0) callers.operate()
    await timeline.run(timeline.now() + (1_000 / rate) * 2 * faults.random())
  }
}

/** What gets lost meanwhile was taken away on purpose. */
async function outage({ stack: { witness } }: World, happens: () => Promise<void>): Promise<void> {
  witness.outage = true
  await happens()
  witness.outage = false
  for (const id of witness.committed) witness.excused.add(id)
}

/** The relays are off for longer than the stream remembers. */
async function relayIsOff(world: World, jobs: number): Promise<void> {
  for (const relay of world.relays) relay.disable()
  await load(world, jobs)
  await rest(world, 25 * hour)
  for (const relay of world.relays) relay.enable()
  await rest(world, hour)
}

/** Now and then a lane is paused for longer than its queue keeps messages. */
async function laneIsOff(world: World, jobs: number): Promise<void> {
  if (world.faults.pick(4) > 0) return
  const consumer = world.consumers.get('default')
  if (!consumer) return
  consumer.isEnabled = false
  await load(world, jobs)
  for (let n = 0; n < 8; n++) {
    await rest(world, day)
    world.stack.sqs.expire()
  }
  consumer.isEnabled = true
  consumer.wake()
  await rest(world, hour)
}

/** Almost two weeks later, a person finds letters in the dead-letter queues and puts them back by hand. */
async function letterFromLongAgo(world: World): Promise<void> {
  await world.timeline.run(world.timeline.now() + 13 * day)
  world.stack.sqs.expire()
  await world.stack.dynamoDb.expire()
  world.callers.putBackAll()
  for (const consumer of world.consumers.values()) consumer.wake()
  await rest(world, hour)
}

/** Lets time pass, at a stride while nothing is going on. */
async function rest({ timeline }: World, ms: number): Promise<void> {
  await timeline.run(timeline.now() + ms)
}

/** The sweeper and the reconciler, as the Scheduler calls them: at least once. */
function keepTime({ timeline, faults, processes, stack, isAtRest }: World) {
  let isOn = true
  const every = (ms: () => number, name: string, timeoutSeconds: number, main: Parameters<Processes['invoke']>[2]) => {
    const tick = () => {
      if (isOn) {
        void processes.invoke(name, timeoutSeconds, main)
        if (faults.happens('invoked twice')) void processes.invoke(name, timeoutSeconds, main)
      }
      timeline.after(ms(), tick)
    }
    timeline.after(ms(), tick)
  }
  // While nothing goes on, the sweeper comes more seldom than in life; jobs that wait are none the worse for it.
  every(() => (isAtRest() ? 15 * minute : minute), 'sweep', 75, sweepFunction(stack))
  every(() => 6 * hour, 'reconcile', 900, reconcileFunction(stack))
  return {
    stop() {
      isOn = false
    },
    start() {
      isOn = true
    },
  }
}
