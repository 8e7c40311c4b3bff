/** A small world around the core: jobs on two lanes, consumers, an operator, time; everything impure simulated. */
import { vi } from 'vitest'
import { consumeBatch } from '../../shared/batch.ts'
import { command } from '../../shared/command.ts'
import { cancelWrite, type Effect } from '../../shared/effect.ts'
import { jobId } from '../../shared/id.ts'
import { request } from '../../shared/job.ts'
import { decodeItem, decodeMessage, type Envelope } from '../../shared/outbox-item.ts'
import { redrive } from '../../shared/redrive.ts'
import { relay } from '../../shared/relay.ts'
import type { Services } from '../../shared/services.ts'
import { appWith, jobType, lanes, type Payload } from './app.ts'
import { memoryStore } from './memory-store.ts'
import { type Process, start } from './processes.ts'
import { seeded, simIds } from './random.ts'
import { simClock } from './sim-clock.ts'
import { laneMessage, moveBack, type SimLane, simConsumerQueue, simDeadLetters, simSender } from './sim-lanes.ts'
import { simQueue } from './sim-queue.ts'

export interface JobPlan extends Payload {
  readonly type: 'work' | 'parked' | 'step'
}

/** One start of a job's `run`. */
export interface Run {
  readonly jobId: string
  readonly attempt: number
  readonly deadline: number
  /** Its process has said so; a process that died says nothing. */
  isOver: boolean
}

const lifetimes = { outbox: 30 * 86_400, effect: 60 * 86_400 }
/** An invocation of a consumer, and the visibility timeout of its queue: as infra/ sets them for the lanes here. Seconds. */
const [timeout, visibility] = [15, 90]

export type World = Awaited<ReturnType<typeof createWorld>>

/** A world in which the jobs were accepted and are in their lanes. Timers must be fake, so that time limits follow the clock. */
export async function createWorld(plans: readonly JobPlan[], settings: { maxReceiveCount: number; seed: number }) {
  const clock = simClock(seeded(settings.seed))
  const ids = simIds()
  const store = memoryStore(clock)
  const laneMap = new Map(lanes.map(({ name, kind }) => [name, createLane(kind === 'ordered')]))
  const runs: Run[] = []
  const overlaps: Run[] = []
  const processes: Process[] = []

  function createLane(fifo: boolean): SimLane {
    const deadLetters = simQueue({ clock, fifo })
    const { maxReceiveCount } = settings
    return { fifo, deadLetters, queue: simQueue({ clock, fifo, maxReceiveCount, deadLetters }) }
  }
  async function begin(main: Parameters<typeof start>[0]): Promise<void> {
    processes.push(await start(main))
  }

  const world = {
    clock,
    lanes: laneMap,
    processes,
    /** Every start of a job, in order. */
    runs,
    /** Runs that began while an earlier one of the same job held its lease. */
    overlaps,
    jobs: [] as Envelope[],
    effect: async (id: string) => (await store.get('effects', { pk: id })) as Effect | undefined,
    async counter(name: string): Promise<{ count?: number; labels?: string[] }> {
      return (await store.get('records', { pk: `counter#${name}`, sk: 'counter' })) ?? {}
    },
    /** Letters of a job in its dead-letter queue. */
    letters: (job: Envelope) =>
      (laneMap.get(job.lane) as SimLane).deadLetters.messages.filter((letter) => idOf(letter.body) === job.id),
    advance(ms: number) {
      clock.advance(ms)
      vi.advanceTimersByTime(ms)
    },
    /** Lambda invokes the consumer of a lane with what its queue has. */
    async invoke(name: string): Promise<void> {
      const lane = laneMap.get(name) as SimLane
      const messages = lane.queue.receive(3, visibility).map((message) => laneMessage(lane, message))
      if (messages.length === 0) return
      const deadline = clock.now().getTime() + timeout * 1000
      await begin(async (gate) => {
        const work = gate('outside', { pause: async () => {} })
        const registry = appWith(async (_, { jobId, attempt, signal }) => {
          const run: Run = { jobId, attempt, deadline, isOver: false }
          if (runs.some((other) => isInTheWay(other, run, clock.now()))) overlaps.push(run)
          runs.push(run)
          const over = () => {
            run.isOver = true
          }
          signal.addEventListener('abort', over)
          await work.pause()
          over()
        })
        const deps = {
          store: gate('store', store),
          queue: gate('queue', simConsumerQueue(lane)),
          registry,
          services: {} as Services,
          clock,
          ids,
          lifetimes,
          observe: () => {},
          report: () => {},
        }
        const returned = await consumeBatch(deps, messages, deadline)
        const done = messages.filter(({ messageId }) => !returned.includes(messageId))
        const mapping = gate('mapping', {
          delete: async () => {
            for (const { receiptHandle } of done) lane.queue.remove(receiptHandle)
          },
        })
        await mapping.delete()
      })
    },
    /** An operator redrives all that is dead. */
    redrive: () =>
      begin(async (gate) => {
        const effects = async (wanted: readonly string[]) =>
          store.items('effects').filter(({ pk }) => wanted.includes(pk as string)) as unknown as Effect[]
        const dead = async function* () {
          yield (await effects(world.jobs.map(({ id }) => id))).filter(({ state }) => state === 'dead')
        }
        const deps = {
          store: gate('store', store),
          sender: gate('sender', simSender(laneMap)),
          clock,
          registry: appWith(),
          ...gate('reader', {
            effects,
            envelopes: async (ids: readonly string[]) => world.jobs.filter(({ id }) => ids.includes(id)),
          }),
          deadLetters: (lane: string) => gate('letters', simDeadLetters(laneMap.get(lane) as SimLane)),
        }
        await redrive(deps, dead(), clock.now().getTime() + 9_000)
      }),
    /** Jobs that were moved back in the AWS console. */
    moved: new Set<string | undefined>(),
    moveBack(lane: SimLane, id: string) {
      world.moved.add(idOf(moveBack(lane, id) ?? ''))
    },
    cancel: ({ id, type, lane }: Envelope) =>
      begin(async (gate) => {
        const now = clock.now()
        await gate('store', store).write(cancelWrite({ pk: id, type, lane, expiresAt: 9e9 }, now))
      }),
    /** A message arrives a second time: a standard queue may do that, and the relay when it repeats a batch. */
    duplicate: (job: Envelope) => relayed(job),
  }

  async function relayed(...envelopes: Envelope[]): Promise<void> {
    const items = store.items('outbox').filter(({ id }) => envelopes.some((envelope) => envelope.id === id))
    const records = items.map((item, i) => ({ sequenceNumber: String(i), item, raw: item }))
    const kinds = new Map(lanes.map(({ name, kind }) => [name, kind]))
    const deps = { sender: simSender(laneMap), reject: async () => {}, lanes: kinds, clock, observe: () => {} }
    const unsent = await relay(deps, records)
    if (unsent.length > 0) throw new Error('the simulated queue refused a message')
  }

  const registry = appWith()
  for (const { type, ...payload } of plans) {
    const group = type === 'step' ? (payload.group ?? 'none') : undefined
    const job = { ...request(jobType(registry, type), payload), id: jobId(ids.fresh(), group) }
    await command(
      { store, clock, ids, registry, outboxLifetime: lifetimes.outbox },
      { id: job.id, now: clock.now() },
      { jobs: [job] },
    )
  }
  for (const item of store.items('outbox')) {
    const decoded = decodeItem(item)
    if (decoded.kind === 'envelope') world.jobs.push(decoded.envelope)
  }
  await relayed(...world.jobs)
  return world
}

function isInTheWay(earlier: Run, run: Run, now: Date): boolean {
  return earlier.jobId === run.jobId && !earlier.isOver && now.getTime() <= earlier.deadline
}

function idOf(body: string): string | undefined {
  const decoded = decodeMessage(body)
  return decoded.kind === 'envelope' ? decoded.envelope.id : undefined
}
