/** The functions of the world: each call starts a process that runs the real core, one call to the outside at a time. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { jobActions } from '../../functions/api/routes/job-actions.ts'
import { consumeBatch } from '../../shared/batch.ts'
import { command } from '../../shared/command.ts'
import { jobId } from '../../shared/id.ts'
import { request } from '../../shared/job.ts'
import { decodeItem, dueBuckets, dueKey, type Envelope } from '../../shared/outbox-item.ts'
import type { Clock, JobEvent, Outgoing } from '../../shared/ports.ts'
import { redrive } from '../../shared/redrive.ts'
import { defineRegistry } from '../../shared/registry.ts'
import { relay } from '../../shared/relay.ts'
import type { Services } from '../../shared/services.ts'
import { sweep } from '../../shared/sweep.ts'
import type { Item } from '../../shared/write.ts'
import { appWith, jobType, lanes } from './app.ts'
import { memoryReader } from './memory-reader.ts'
import type { Gate, Process } from './processes.ts'
import { laneMessage, moveBack, type SimLane, simConsumerQueue, simDeadLetters, simSender } from './sim-lanes.ts'
import { type Base, idOf, type JobPlan } from './world.ts'
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
  const { store, lanes: laneMap, witness, ids, stream, begin } = world
  let relaying: Process | undefined
  let asked = 0

  const { effects } = memoryReader(store)
  const envelopes = async (wanted: readonly string[]) => world.jobs.filter(({ id }) => wanted.includes(id))
  const outbox = () => store.items('outbox').map((item) => ({ item, decoded: decodeItem(item) }))
  const sending = (gate: Gate, clock: Clock) => ({
    store: gate('store', store),
    sender: gate('sender', simSender(laneMap)),
    clock,
    registry,
  })

  /** The sender of an operator's process, which sends what this operator has taken, and nothing else. */
  const operatorSender = {
    async send(lane: string, messages: readonly Outgoing[]) {
      for (const { body } of messages) witness.sentByOperator(idOf(body) ?? '')
      return simSender(laneMap).send(lane, messages)
    },
  }

  const functions = {
    /** A caller asks for a job, once. */
    accept({ type, delay, ...plan }: JobPlan): Promise<Process> {
      const payload = { ...plan, label: String(++asked) }
      const group = type === 'step' ? (payload.group ?? 'none') : undefined
      const runAt = delay === undefined ? {} : { runAt: new Date(world.clock.now().getTime() + delay * 1000) }
      const job = { ...request(jobType(registry, type), payload, runAt), id: jobId(ids.fresh(), group) }
      return begin(async (gate, clock) => {
        const deps = { store: gate('store', store), clock, ids, registry, outboxLifetime: lifetimes.outbox }
        const answer = await command(deps, { id: job.id, now: clock.now() }, { jobs: [job] })
        if (answer.kind === 'committed') witness.accepted.add(job.id)
      })
    },

    /** The mapping invokes the relay with all that is in the stream; its checkpoint moves by what the relay answers. */
    async relay(): Promise<void> {
      if (relaying?.isAlive || stream.length === 0) return
      const items = [...stream]
      relaying = await begin(async (gate, clock) => {
        const records = items.map((item, i) => ({ sequenceNumber: String(i), item, raw: item }))
        const deps = {
          sender: gate('sender', simSender(laneMap)),
          reject: async () => {},
          lanes: kinds,
          clock,
          observe: () => {},
        }
        const unsent = (await relay(deps, records)).map(Number)
        const done = new Set(items.slice(0, Math.min(items.length, ...unsent)))
        stream.splice(0, stream.length, ...stream.filter((item) => !done.has(item)))
      })
    },
    /** The mapping was off for a day: the stream has forgotten. */
    trim(): void {
      for (const { id } of stream.splice(0)) {
        witness.outOfTurn.add(String(id))
        witness.excused.add(String(id))
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
          queue: gate('queue', simConsumerQueue(lane)),
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
        const due = async function* (bucket: string, until: string) {
          yield outbox().flatMap(({ item, decoded }) =>
            decoded.kind === 'envelope' && item.due === bucket && String(item.runAt) <= until ? [decoded.envelope] : [],
          )
        }
        await sweep({ ...sending(gate, clock), due, observe: () => {} }, buckets, clock.now().getTime() + 70_000)
      }),

    ...worldReconciler(world, registry, { effects, envelopes }),

    /** An operator redrives all that is dead. */
    redrive: () =>
      begin(async (gate, clock) => {
        const dead = async function* () {
          yield (await effects(world.jobs.map(({ id }) => id))).filter(({ state }) => state === 'dead')
        }
        const deadLetters = (lane: string) => gate('letters', simDeadLetters(laneMap.get(lane) as SimLane))
        const sender = gate('sender', operatorSender)
        const deps = { ...sending(gate, clock), sender, ids, ...gate('reader', { effects, envelopes }), deadLetters }
        await redrive(deps, dead(), clock.now().getTime() + 9_000)
      }),

    /** An operator cancels or replays one job. */
    act: (action: 'cancel' | 'replay', { id }: Envelope) =>
      begin(async (gate, clock) => {
        const { sender: _, ...deps } = sending(gate, clock)
        const sender = gate('sender', operatorSender)
        const deadLetters = (lane: string) => gate('letters', simDeadLetters(laneMap.get(lane) as SimLane))
        const redriving = { ...deps, ids, sender, deadLetters, ...gate('reader', { effects, envelopes }) }
        const route = jobActions.find(({ path }) => path.endsWith(action))
        const event = { headers: {}, requestContext: {} } as unknown as APIGatewayProxyEventV2
        if (action === 'replay') {
          witness.outOfTurn.add(id)
          // A replay that dies before its send leaves the job to the reconciler, as designed.
          witness.excused.add(id)
        }
        await route?.answer(
          { ...deps, ids, redrive: redriving, note: () => {} } as unknown as ApiDeps,
          { event, params: { id } } as never,
        )
      }),

    /** A letter is moved back in the AWS console. */
    putBack(lane: SimLane, letter: string): void {
      witness.outOfTurn.add(idOf(moveBack(lane, letter) ?? '') ?? '')
    },

    /** A message arrives a second time: a standard queue may do that, and the relay when it repeats a batch. */
    async duplicate({ id }: Envelope): Promise<void> {
      const item = outbox().find(({ item }) => item.id === id)?.item as Item
      const deps = {
        sender: simSender(laneMap),
        reject: async () => {},
        lanes: kinds,
        clock: world.clock,
        observe: () => {},
      }
      await relay(deps, [{ sequenceNumber: '0', item, raw: item }])
    },
  }
  return functions
}
