/** One lane with its sweeper and relay in virtual time: what becomes of its jobs over hours and days. */
import type { JobType } from '../../shared/define/job.ts'
import { request } from '../../shared/define/job.ts'
import type { Lane } from '../../shared/define/lane.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { jobId } from '../../shared/lib/id.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { JobEvent, Store } from '../../shared/lib/ports.ts'
import { dueBuckets, dueKey, outboxWrite } from '../../shared/outbox/envelope.ts'
import { relay } from '../../shared/outbox/relay.ts'
import type { RelayEvent, StreamRecord } from '../../shared/outbox/relay-send.ts'
import { sweep } from '../../shared/recovery/sweep.ts'
import { lanes } from './app.ts'
import { memoryDue } from './memory-indexes.ts'
import { memoryStore } from './memory-store.ts'
import { seeded, simIds } from './random.ts'
import { simClock } from './sim-clock.ts'
import { laneMessage, type SimLane, simConsumerQueue, simSender } from './sim-lanes.ts'
import { type SimMessage, simQueue } from './sim-queue.ts'

export const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000]
const timeout = 15 * second

export interface OneLane {
  readonly job: JobType
  readonly kind?: Lane['kind']
  readonly circuitBreaker?: Lane['circuitBreaker']
  readonly services?: Partial<Services>
  /** Takes the place of the store that the consumer has. */
  readonly through?: (store: Store) => Store
  /** @default - random, and the same in each run */
  readonly random?: () => number
}

export function oneLane({
  job,
  kind = 'standard',
  circuitBreaker,
  services = {},
  through = (store) => store,
  random = seeded(1),
}: OneLane) {
  const clock = simClock(random)
  const fifo = kind === 'ordered'
  const lane: SimLane = { fifo, queue: simQueue({ clock, fifo }), deadLetters: simQueue({ clock, fifo }) }
  const name = fifo ? 'ordered' : 'default'
  const registry = defineRegistry(
    [job],
    lanes.map((one) => ({ ...one, circuitBreaker })),
  )
  const store = memoryStore(clock)
  const ids = simIds()
  const sender = simSender(new Map([[name, lane]]))
  const events: JobEvent[] = []
  const relayed: RelayEvent[] = []
  let lastSweep = clock.now().getTime()

  /** Hands what a write inserts or releases to the relay, as the stream does. */
  const streaming: Store = {
    ...store,
    async write(write) {
      const result = await store.write(write)
      const isSeen = write.op === 'put' || (write.op === 'update' && write.update.text.includes('releasedAt = :at'))
      if (write.table !== 'outbox' || result.kind !== 'written' || !isSeen) return result
      const item = write.op === 'put' ? write.item : store.peek('outbox', write.key)
      const change = write.op === 'put' ? 'inserted' : 'released'
      await forward({ sequenceNumber: '1', change, item, at: clock.now().getTime(), raw: {} })
      return result
    },
  }
  async function forward(record: StreamRecord) {
    const observe = (event: RelayEvent) => void relayed.push(event)
    const unsent = await relay({ sender, clock, observe, reject: async () => {}, lanes: new Map([[name, kind]]) }, [
      record,
    ])
    if (unsent.length > 0) throw new Error('the relay did not send')
  }

  async function consumeOnce(): Promise<void> {
    const taken = lane.queue.receive(10, 90)
    const returned = await consumeBatch(
      {
        ...{ store: through(store), clock, ids, registry, lifetimes },
        services: services as Services,
        queue: simConsumerQueue(lane),
        observe: (event) => events.push(event),
        report: () => {},
      },
      taken.map((message) => laneMessage(lane, message)),
      clock.now().getTime() + timeout,
    )
    for (const { id, receipt } of taken) if (!returned.includes(id)) lane.queue.remove(receipt)
  }

  async function sweepOnce(): Promise<void> {
    lastSweep = clock.now().getTime()
    const timers = { send: async () => [] }
    const deps = { store: streaming, clock, registry, timers, due: memoryDue(store), observe: () => {} }
    const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))
    await sweep(deps, buckets, clock.now().getTime() + minute)
  }

  return {
    clock,
    store,
    events,
    relayed,
    queue: lane.queue,
    deadLetters: lane.deadLetters,
    sweepOnce,
    consumeOnce,
    /** Writes jobs, which the relay sends. */
    async write(payloads: readonly object[]): Promise<string[]> {
      const written: string[] = []
      for (const payload of payloads) {
        const wanted = request(job, payload as never)
        const id = jobId(ids.fresh(), fifo ? 'g' : undefined)
        const origin = { now: clock.now(), hops: 0, outboxLifetime: lifetimes.outbox }
        await streaming.write(outboxWrite({ ...wanted, id }, origin, registry))
        written.push(id)
      }
      return written
    },
    effects: () => store.items('effects') as unknown as Effect[],
    /** Messages that are received and not deleted: they count against the quota of SQS. */
    inFlight: (): SimMessage[] =>
      lane.queue.messages.filter(
        ({ receiveCount, visibleAt }) => receiveCount > 0 && visibleAt > clock.now().getTime(),
      ),
    /** Lets time pass, with a sweep a minute; each message is handled once it is visible. @param look at each moment */
    async pass(ms: number, look: () => void = () => {}): Promise<void> {
      const end = clock.now().getTime() + ms
      while (clock.now().getTime() < end) {
        while (lane.queue.isReady) await consumeOnce()
        look()
        const next = Math.min(end, lastSweep + minute, lane.queue.readyAt ?? Number.POSITIVE_INFINITY)
        clock.advance(Math.max(1, next - clock.now().getTime()))
        if (clock.now().getTime() >= lastSweep + minute) await sweepOnce()
      }
    },
  }
}
