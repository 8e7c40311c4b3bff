/** The functions of the world: each call starts a process that runs the real core, one call to the outside at a time. */
import { jobActions } from '../../functions/api/routes/jobs/actions.ts'
import { request } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import type { Services } from '../../shared/define/services.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Clock, JobEvent, LaneConsumerQueue, LaneSender, Outgoing } from '../../shared/lib/ports.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { dueBuckets, dueKey, type Envelope } from '../../shared/outbox/envelope.ts'
import { relay } from '../../shared/outbox/relay.ts'
import { decodeTimer } from '../../shared/outbox/timer.ts'
import { redrive } from '../../shared/recovery/redrive.ts'
import { releaseTimed, sweep } from '../../shared/recovery/sweep.ts'
import { apiOf } from './api.ts'
import { appWith, jobType, lanes, type Payload } from './app.ts'
import { memoryDue, memoryTurns } from './memory-indexes.ts'
import { memoryReader } from './memory-reader.ts'
import type { Gate, Process } from './processes.ts'
import { laneMessage, moveBack, type SimLane, simConsumerQueue, simDeadLetters, simSender } from './sim-lanes.ts'
import { type Base, idOf, type JobPlan } from './world-base.ts'
import { worldReconciler } from './world-reconciler.ts'

const lifetimes = { outbox: 30 * 86_400, effect: 60 * 86_400 }
/** An invocation of a consumer, and the visibility timeout of its queue: as infra/ sets them for the lanes here. Seconds. */
const [timeout, visibility] = [15, 90]
const kinds = new Map(lanes.map(({ name, kind }) => [name, kind]))
const registry = appWith()
/** Code of before any of the job types was written. */
const oldApp = defineRegistry([], lanes)
const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))

export function worldFunctions(world: Base) {
  const { store, lanes: laneMap, witness, ids, stream, timers, begin } = world
  let relaying: Process | undefined
  let asked = 0
  /** As a process of the relay remembers it. */
  const sentLately = new Map<string, number>()

  const { effects } = memoryReader(store)
  const envelopes = async (wanted: readonly string[]) => world.jobs.filter(({ id }) => wanted.includes(id))
  /** SQS holds a timer for its delay. */
  const timerSender: LaneSender = {
    async send(_, messages) {
      const now = world.clock.now().getTime()
      for (const { body, delaySeconds = 0 } of messages) timers.push({ body, at: now + delaySeconds * 1000 })
      return messages.map(() => ({ kind: 'sent' }))
    },
  }
  const sweeping = (gate: Gate, clock: Clock) => ({
    ...sending(gate, clock),
    timers: gate('timers', timerSender),
    due: memoryDue(store),
    observe: () => {},
  })
  /** In the queue of an ordered lane a job holds up its group: it must not be there before its time. Clocks differ. */
  const sender: LaneSender = {
    async send(lane, messages) {
      for (const { body } of lane === 'ordered' ? messages : []) {
        const { id, runAt = '' } = JSON.parse(body) as Envelope
        if (Date.parse(runAt) > world.clock.now().getTime() + 1_000)
          witness.violations.push(`a job of an ordered lane is not sent before its time: ${id}`)
      }
      return simSender(laneMap).send(lane, messages)
    },
  }
  const sending = (gate: Gate, clock: Clock) => ({
    store: gate('store', store),
    sender: gate('sender', sender),
    clock,
    registry,
  })

  /** Nothing but dead jobs get letters. */
  const watched = (queue: LaneConsumerQueue): LaneConsumerQueue => ({
    ...queue,
    sendToDeadLetterQueue(message, deadLetter) {
      witness.deadLetterSent(idOf(message.body) ?? '', deadLetter.deaths)
      return queue.sendToDeadLetterQueue(message, deadLetter)
    },
  })

  /** What goes to the lanes for the first time; CloudWatch knows how late that is. */
  const lagging: LaneSender = {
    async send(lane, messages) {
      const at = world.clock.now().getTime()
      for (const { body } of messages) {
        const { runAt, createdAt } = JSON.parse(body) as Envelope
        world.lags.push({ at, lag: Math.max(0, at - Date.parse(runAt ?? createdAt)) })
      }
      return simSender(laneMap).send(lane, messages)
    },
  }

  /** The sender of an operator's process, which sends what this operator has taken, and nothing else. */
  const operatorSender = {
    async send(lane: string, messages: readonly Outgoing[]) {
      for (const { body } of messages) witness.sentByOperator(idOf(body) ?? '')
      return simSender(laneMap).send(lane, messages)
    },
  }

  const functions = {
    /** A caller asks for a job, once. @param again an id that was used before, for a job that was forgotten */
    accept({ type, delay, ...plan }: JobPlan, again?: string): Promise<Process> {
      const payload = { ...plan, label: String(++asked) }
      const group = type === 'step' ? (payload.group ?? 'none') : undefined
      const runAt = delay === undefined ? {} : { runAt: new Date(world.clock.now().getTime() + delay * 1000) }
      const job = { ...request(jobType(registry, type), payload, runAt), id: again ?? jobId(ids.fresh(), group) }
      return begin(async (gate, clock) => {
        const deps = { store: gate('store', store), clock, ids, registry, outboxLifetime: lifetimes.outbox }
        const answer = await commitRequest(deps, { id: job.id, now: clock.now() }, { jobs: [job] })
        if (answer.kind === 'committed') witness.accepted.add(job.id)
      })
    },

    /** A caller asks for a job under the id of another, of which all but the effect is forgotten. */
    async reuse(job: Envelope): Promise<void> {
      const { type, payload } = job as { type: JobPlan['type']; payload: Payload }
      await world.forget(job)
      await functions.accept({ ...payload, type }, job.id)
    },

    /** The mapping invokes the relay with all that is in the stream; its checkpoint moves by what the relay answers. */
    async relay(): Promise<void> {
      if (relaying?.isAlive || stream.length === 0) return
      const records = [...stream]
      relaying = await begin(async (gate, clock) => {
        const deps = {
          sender: gate('sender', lagging),
          reject: async () => {},
          lanes: kinds,
          clock,
          observe: () => {},
          ordered: {
            ...gate('turns', memoryTurns(store)),
            timers: gate('timers', timerSender),
            sent: sentLately,
            until: Number.POSITIVE_INFINITY,
          },
        }
        const unsent = new Set(await relay(deps, records))
        const first = records.findIndex(({ sequenceNumber }) => unsent.has(sequenceNumber))
        const done = new Set(first < 0 ? records : records.slice(0, first))
        stream.splice(0, stream.length, ...stream.filter((record) => !done.has(record)))
      })
    },
    /** The mapping was off for a day: the stream has forgotten. */
    trim(): void {
      for (const { item } of stream.splice(0)) {
        const id = String(item?.id)
        witness.outOfTurn.add(id)
        witness.excused.add(id)
      }
    },

    /** Lambda invokes the consumer of a lane with what its queue has. */
    async invoke(name: string): Promise<void> {
      const lane = laneMap.get(name) as SimLane
      const messages = lane.queue.receive(3, visibility).map((message) => laneMessage(lane, message))
      if (messages.length === 0) return
      const deadline = world.clock.now().getTime() + timeout * 1000
      const writer = world.processes.length + 1
      witness.deadlines.set(writer, deadline)
      if (world.code.isOld) witness.oldCode.add(writer)
      await begin(async (gate, clock) => {
        const work = gate('outside', { pause: async () => {} })
        const deps = {
          store: gate('store', store),
          queue: gate('queue', watched(simConsumerQueue(lane))),
          registry: world.code.isOld
            ? oldApp
            : appWith(async (_, context) => {
                const over = witness.begin(context, deadline)
                context.signal.addEventListener('abort', over)
                await work.pause()
                over()
              }),
          services: {} as Services,
          clock,
          ids,
          lifetimes,
          observe: (event: JobEvent) => {
            const isPostponed = event.kind === 'retrying' && event.error.startsWith('NotDeployedError')
            const kind = isPostponed ? 'postponed' : event.kind
            witness.events.set(kind, (witness.events.get(kind) ?? 0) + 1)
          },
          report: () => {},
        }
        const skew = clock.now().getTime() - world.clock.now().getTime()
        const returned = await consumeBatch(deps, messages, deadline + skew)
        const done = messages.filter(({ messageId }) => !returned.includes(messageId))
        const mapping = gate('mapping', {
          delete: async () => {
            for (const { receiptHandle } of done) lane.queue.remove(receiptHandle)
          },
        })
        await mapping.delete()
      })
    },

    sweep: () =>
      begin(async (gate, clock) => {
        await sweep(sweeping(gate, clock), buckets, clock.now().getTime() + 70_000)
      }),
    /** Timers whose time has come are delivered, once or twice; a timer may also get lost. */
    async come(fate: 'once' | 'twice' | 'lost' = 'once'): Promise<void> {
      const now = world.clock.now().getTime()
      const ready = timers.filter(({ at }) => at <= now)
      timers.splice(0, timers.length, ...timers.filter((timer) => fate === 'twice' || !ready.includes(timer)))
      if (ready.length === 0 || fate === 'lost') return
      await begin(async (gate, clock) => {
        const jobs = ready.flatMap(({ body }) => decodeTimer(body))
        await releaseTimed(sweeping(gate, clock), jobs, clock.now().getTime() + 70_000)
      })
    },

    ...worldReconciler(world, registry),

    /** An operator redrives all that is dead. */
    redrive: () =>
      begin(async (gate, clock) => {
        const dead = async function* () {
          yield (await effects(world.jobs.map(({ id }) => id))).filter(({ state }) => state === 'dead')
        }
        const deadLetters = (lane: string) => gate('dead letters', simDeadLetters(laneMap.get(lane) as SimLane))
        const sender = gate('sender', operatorSender)
        const deps = { ...sending(gate, clock), sender, ids, ...gate('reader', { effects, envelopes }), deadLetters }
        await redrive(deps, dead(), clock.now().getTime() + 9_000)
      }),

    /** An operator cancels or replays one job. */
    act: (action: 'cancel' | 'replay', { id }: Envelope) =>
      begin(async (gate, clock) => {
        const { sender: _, ...deps } = sending(gate, clock)
        const sender = gate('sender', operatorSender)
        const deadLetters = (lane: string) => gate('dead letters', simDeadLetters(laneMap.get(lane) as SimLane))
        const redriving = { ...deps, ids, sender, deadLetters, ...gate('reader', { effects, envelopes }) }
        if (action === 'replay') {
          witness.outOfTurn.add(id)
          // A replay that dies before its send leaves the job to the reconciler, as designed.
          witness.excused.add(id)
        }
        await apiOf(jobActions, { ...redriving, logAction: () => {} })({
          method: 'POST',
          path: `/jobs/${id}/${action}`,
        })
      }),

    /** A dead letter is moved back in the AWS console. */
    putBack(lane: SimLane, deadLetter: string): void {
      witness.outOfTurn.add(idOf(moveBack(lane, deadLetter) ?? '') ?? '')
    },

    /** A message arrives a second time: a standard queue may do that, and the relay when it repeats a batch. */
    async duplicate({ id, lane }: Envelope): Promise<void> {
      const messages = () => laneMap.get(lane)?.queue.messages ?? []
      const before = new Set(messages().map((message) => message.id))
      const item = store.items('outbox').find((item) => item.id === id)
      const deps = {
        sender: simSender(laneMap),
        reject: async () => {},
        lanes: kinds,
        clock: world.clock,
        observe: () => {},
      }
      await relay(deps, [{ sequenceNumber: '0', change: 'inserted', at: 0, item, raw: item }])
      for (const message of messages()) if (!before.has(message.id)) witness.duplicates.add(`${id} ${message.id}`)
    },
  }
  return functions
}
