/** What the small world around the core consists of: tables, a stream, two lanes, time. All of it is simulated. */
import { vi } from 'vitest'
import type { Effect } from '../../shared/execution/effect.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import type { Clock } from '../../shared/lib/ports.ts'
import { decodeItem, decodeMessage, type Envelope } from '../../shared/outbox/envelope.ts'
import type { StreamRecord } from '../../shared/outbox/relay-send.ts'
import { lanes, type Payload } from './app.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'
import { type Gate, type Process, start } from './processes.ts'
import { seeded, simIds } from './random.ts'
import { simClock } from './sim-clock.ts'
import type { SimLane } from './sim-lanes.ts'
import { type SimMessage, type SimQueue, simQueue } from './sim-queue.ts'
import { type WorldWitness, worldWitness } from './world-witness.ts'

export interface JobPlan extends Omit<Payload, 'label'> {
  readonly type: 'work' | 'unrepeatable' | 'step'
  /** Seconds until its time: within SQS's reach, or for the sweeper. */
  readonly delay?: number
}

export interface WorldTimer {
  readonly body: string
  readonly at: number
}

export interface WorldSettings {
  readonly maxReceiveCount: number
  readonly seed: number
}

export type Base = ReturnType<typeof createBase>

/** Two clocks differ by less than the second by which a lease outlives its invocation. ms. */
const skew = 900

export function createBase({ maxReceiveCount, seed }: WorldSettings) {
  const random = seeded(seed)
  const clock = simClock(random)
  const laneMap = new Map(lanes.map(({ name, kind }) => [name, createLane(kind === 'ordered')]))
  const processes: Process[] = []
  /** What the relay has not passed on yet, as the stream shows it: items that were written, or released. */
  const stream: StreamRecord[] = []
  let sequence = 0
  /** Timers that are to come, by what is in them and when, in ms since the epoch. */
  const timers: WorldTimer[] = []
  const jobs: Envelope[] = []
  const writtenAt = new Map<string, number>()
  const witness: WorldWitness = worldWitness({
    now: () => clock.now().getTime(),
    isCommitted: (id) => jobs.some((job) => job.id === id),
    effectOf: (id) => store.peek('effects', { pk: id }) as Effect | undefined,
  })
  const store: MemoryStore = memoryStore(clock, (table, before, after) => {
    witness.written(table, before, after)
    const change = before === undefined ? 'inserted' : 'released'
    if (table !== 'outbox' || !after || (before && after.releasedAt === undefined)) return
    const sequenceNumber = String(sequence++)
    stream.push({ sequenceNumber, change, at: clock.now().getTime(), item: after, raw: after })
    if (before) return
    const decoded = decodeItem(after)
    if (decoded.kind !== 'envelope') return
    jobs.push(decoded.envelope)
    writtenAt.set(decoded.envelope.id, clock.now().getTime())
  })

  function createLane(fifo: boolean): SimLane {
    const deadLetters = simQueue({ clock, fifo })
    const moved = ({ body }: SimMessage) => witness.outOfTurn.add(idOf(body) ?? '')
    return { fifo, deadLetters, queue: simQueue({ clock, fifo, maxReceiveCount, deadLetters, moved }) }
  }
  function messagesOf(id: string, { messages }: SimQueue) {
    return messages.filter(({ body }) => idOf(body) === id)
  }
  function deadLettersOf(id: string, lane: string) {
    return messagesOf(id, (laneMap.get(lane) as SimLane).deadLetters)
  }

  return {
    clock,
    store,
    /**
     * Whether consumers that start now run code that does not know the jobs: a deploy is on its way, or was taken back. And
     * whether the application has no lanes any more, as far as the reconciler knows.
     */
    code: { isOld: false, hasNoLanes: false },
    ids: simIds(),
    lanes: laneMap,
    processes,
    stream,
    timers,
    /** Whenever the relay or the sweeper sent something: when, and how late that was. ms. */
    lags: [] as { readonly at: number; readonly lag: number }[],
    /** All jobs whose outbox item was written, in order. */
    jobs,
    /** When the outbox item of a job was written, in ms since the epoch. */
    writtenAt,
    witness,
    effect: async (id: string) => (await store.get('effects', { pk: id })) as Effect | undefined,
    async counter(name: string): Promise<{ count?: number; labels?: string[] }> {
      return (await store.get('records', { pk: `counter#${name}`, sk: 'counter' })) ?? {}
    },
    /** Months later nothing of a job is left but its effect: no item, message or dead letter, and no trace with the witness. */
    async forget({ id, lane, ...job }: Envelope) {
      const { queue, deadLetters } = laneMap.get(lane) as SimLane
      for (const one of [queue, deadLetters]) for (const message of messagesOf(id, one)) one.take(message.id)
      stream.splice(0, stream.length, ...stream.filter(({ item }) => item?.id !== id))
      jobs.splice(0, jobs.length, ...jobs.filter((one) => one.id !== id))
      await store.write({ op: 'delete', table: 'outbox', key: outboxKey(id) })
      await store.write({ op: 'delete', table: 'records', key: { pk: `counter#${id}`, sk: 'counter' } })
      witness.forget(id)
      return job
    },
    /** Letters of a job in its dead-letter queue. */
    deadLetters: (job: Envelope) => deadLettersOf(job.id, job.lane),
    advance(ms: number) {
      clock.advance(ms)
      vi.advanceTimersByTime(ms)
    },
    /** Starts a process, with a clock of its own; all it does to the world goes through the gate, under its number. */
    async begin(main: (gate: Gate, clock: Clock) => Promise<void>): Promise<Process> {
      const writer = processes.length + 1
      const offset = Math.round((random() - 0.5) * skew)
      const own = { ...clock, now: () => new Date(clock.now().getTime() + offset) }
      const process = await start((gate) => main((name, port) => gate(name, signed(port, writer)), own))
      processes.push(process)
      return process
    },
  }

  /** Says whose call it is, before it is done. */
  function signed<T extends object>(port: T, writer: number): T {
    const entries = Object.entries(port).map(([name, value]) => [
      name,
      typeof value !== 'function'
        ? value
        : (...args: never[]) => {
            witness.writer = writer
            return value(...args)
          },
    ])
    return Object.fromEntries(entries) as T
  }
}

export function idOf(body: string): string | undefined {
  const decoded = decodeMessage(body)
  return decoded.kind === 'envelope' ? decoded.envelope.id : undefined
}
