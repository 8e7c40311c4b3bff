/** The world under a driver that decides on each call, on every delivery, and on the time. */
import { type JobRequest, request as job } from '../../../shared/define/job.ts'
import { create } from '../../../shared/define/record.ts'
import { jobId, outboxKey } from '../../../shared/lib/id.ts'
import type { Change } from '../../../shared/outbox/change.ts'
import type { Envelope } from '../../../shared/outbox/envelope.ts'
import { outgoing } from '../../../shared/outbox/message.ts'
import { decodeItem } from '../../../shared/outbox/outbox-item.ts'
import type { Run } from '../../../shared/recovery/reconcile.ts'
import {
  calm,
  lanes,
  limited,
  mail,
  once,
  order,
  type Payload,
  paced,
  plain,
  sole,
  step,
  unrepeatable,
} from '../world/app.ts'
import type { Fate } from '../world/faults.ts'
import { actionFunction, editFunction, redriveFunction } from '../world/functions/operate.ts'
import { reconcileFunction } from '../world/functions/reconcile.ts'
import { apiTimeout, request } from '../world/functions/request.ts'
import { sweepFunction, sweepTimeout } from '../world/functions/sweep.ts'
import type { HeldCall, Process } from '../world/process.ts'
import type { SimLane } from '../world/sqs.ts'
import type { Stack } from '../world/stack.ts'
import { createWorld, type World } from '../world/world.ts'
import type { Written } from '../world/written.ts'

const types = { plain, unrepeatable, step, mail, limited, paced, once, sole, calm }

export interface JobPlan extends Omit<Payload, 'workMs'> {
  /** It is asked for with an order. */
  readonly order?: boolean
  readonly type: keyof typeof types
  /** Seconds until its time: within SQS's reach, or for the sweeper. */
  readonly delay?: number
}

export interface ModelSettings {
  readonly maxReceiveCount: number
  readonly seed: number
}

export type Model = ReturnType<typeof createModel>

interface Finish {
  /** Processes that go on waiting. */
  readonly isLeft: (process: Process) => boolean
  /** Calls at most. */
  readonly calls: number
}

/** Its pages are many, and a scan that fails is a run that fails: every other call of it may. */
const isDecidedOn = ({ name }: HeldCall) => name !== 'ScanCommand'

export function createModel(settings: ModelSettings) {
  let held: HeldCall[] = []
  let isNextMailRefused = false
  let labels = 0
  const hold = (call: HeldCall) => {
    if (call.name === 'SendEmailCommand' && isNextMailRefused) {
      isNextMailRefused = false
      call.play('throttled')
    } else if (isDecidedOn(call)) held.push(call)
    else call.play('done')
  }
  const world = createWorld({ ...settings, batchSize: 3, hold })
  const { stack, timeline, processes, relays, consumers, faults } = world
  const { sqs, witness, ids, now } = stack
  const lanesByName = new Map(sqs.lanes.map((lane) => [lane.name, lane]))

  /** Lets time pass, by no ms at least: all that can go on without a further decision has gone on. */
  async function wait(ms = 0): Promise<void> {
    await timeline.run(now() + ms)
  }
  /** What began has gone on to its first calls. */
  async function begun(_: Promise<unknown> | undefined): Promise<void> {
    await wait()
  }

  const model = {
    ...{ stack, relays, consumers, faults, processes, timeline, lanes: lanesByName, wait },
    /** Jobs whose outbox item was written, in order. */
    get jobs(): Written[] {
      return [...witness.written.values()]
    },
    /** Calls that wait for their fate; those of the process that began first come first. */
    get calls(): readonly HeldCall[] {
      held = held.filter(({ process }) => process.isAlive)
      return held.sort((a, b) => a.process.number - b.process.number)
    },
    async decide(call: HeldCall, fate: Fate): Promise<void> {
      held.splice(held.indexOf(call), 1)
      call.play(fate)
      await wait()
    },
    /** Lets processes go on without mishap. @default all of them, to their end */
    async finish({ isLeft = () => false, calls = Number.POSITIVE_INFINITY }: Partial<Finish> = {}): Promise<void> {
      const next = () => model.calls.find(({ process }) => !isLeft(process))
      for (let n = 0, call = next(); call && n < calls; n++, call = next()) await model.decide(call, 'done')
    },
    /** A caller asks for a job, once. @param again an id that was used before, for a job that was forgotten */
    accept({ type, delay, order: isOrder, ...plan }: JobPlan, again?: string): Promise<void> {
      const group = type === 'step' ? (plan.group ?? 'none') : undefined
      const id = again ?? jobId(ids.fresh(), group)
      const runAt = delay === undefined || type === 'calm' ? {} : { runAt: new Date(now() + delay * 1000) }
      const asked: JobRequest = { ...job(types[type], { workMs: 1_000, label: ++labels, ...plan }, runAt), id }
      const change = { ...(isOrder && again === undefined ? orderOf(plan.key) : {}), jobs: [asked] }
      const began = witness.tick()
      const accepted = processes.invoke(apiTimeout, request(stack, change, { id })).then((ending) => {
        if (ending.kind !== 'returned' || ending.value.kind !== 'committed') return
        for (const { id, merged } of ending.value.jobs) {
          witness.accepted.add(id)
          witness.answered(id, began, merged === true)
          if (merged) witness.event('merged')
        }
      })
      return begun(accepted)
    },
    /** The mapping invokes the relays with what is in the stream. */
    async relay(): Promise<void> {
      for (const relay of relays) relay.poll()
      await wait()
    },
    get hasRecords() {
      return relays.some(({ isReady }) => isReady)
    },
    /** The mapping was off for a day: the stream has forgotten. */
    trim(): void {
      for (const id of relays.flatMap((relay) => relay.forget())) witness.trimmed(id)
    },
    /** Lambda invokes the consumer of a lane with what its queue has. */
    async invoke(lane: string): Promise<void> {
      consumers.get(lane)?.poll()
      await wait()
    },
    sweep: () => begun(processes.invoke(sweepTimeout, sweepFunction(stack))),
    get hasTimers() {
      return sqs.timers.size > 0
    },
    /** Timers whose time has come are delivered, once or twice; a timer may also get lost. */
    async come(fate: 'once' | 'twice' | 'lost'): Promise<void> {
      if (fate === 'lost') for (const { id } of sqs.timers.receive(10, 0)) sqs.timers.take(id)
      if (fate === 'twice') for (let n = sqs.timers.size; n > 0; n--) faults.provoke('delivered twice')
      world.timers.poll()
      await wait()
    },
    /** An operator asks for every job. */
    reconcile: () => begun(reconciled({})),
    /** The Scheduler's hour. */
    reconcileHour: () => begun(reconciled({ at: new Date(now()).toISOString() })),
    /** An operator redrives all that is dead. */
    redrive: () => begun(processes.invoke(apiTimeout, redriveFunction(stack))),
    /** An operator cancels or replays one job. */
    act(action: 'cancel' | 'replay', { id }: Written): Promise<void> {
      if (action === 'replay') {
        witness.outOfTurn.add(id)
        // A replay that dies before its send leaves the job to the reconciler, as designed.
        witness.excused.add(id)
      }
      return begun(processes.invoke(apiTimeout, actionFunction(stack, action, id)))
    },
    /** An operator replays a job with another payload. */
    edit({ id }: Written): Promise<void> {
      const edited = processes.invoke(apiTimeout, editFunction(stack, id)).then((ending) => {
        if (ending.kind === 'returned' && typeof ending.value === 'string') witness.accepted.add(ending.value)
      })
      return begun(edited)
    },
    /** A dead letter is moved back in the AWS console. */
    async putBack(lane: SimLane, deadLetter: string): Promise<void> {
      const body = sqs.putBack(lane, deadLetter)
      if (body !== undefined) witness.movedBack(JSON.parse(body).id)
    },
    /** A message arrives a second time: a standard queue may do that, and the relay when it repeats a batch. */
    async duplicate({ id, lane }: Written): Promise<void> {
      const { queue } = lanesByName.get(lane) as SimLane
      const envelope = envelopeOf(stack, id)
      const before = new Set(queue.messages.map((message) => message.id))
      queue.send(outgoing(envelope, lane === 'ordered' ? 'ordered' : 'standard', new Date(now())))
      for (const message of queue.messages) if (!before.has(message.id)) witness.duplicates.add(`${id} ${message.id}`)
    },
    refuseNextMail(): void {
      isNextMailRefused = true
    },
    deploy(isOld: boolean): void {
      stack.deployed.isOld = isOld
    },
    setLanes(isThere: boolean): void {
      stack.deployed.lanes = isThere ? lanes : []
    },
    /** A caller asks for a job under the id of another, of which all but the effect is forgotten. */
    async reuse({ id, type }: Written): Promise<void> {
      const { payload } = envelopeOf(stack, id)
      await forget(world, id)
      await model.accept({ ...(payload as Payload), type: type as JobPlan['type'] }, id)
    },
  }

  /** An order that asks for a unique job. */
  function orderOf(key: string | undefined): Change {
    const id = ids.fresh()
    if (key !== undefined) witness.askedBy.set(id, key)
    return { records: [create(order, { id, placedAt: new Date(now()), tags: new Set(['new']), pk: 5n })] }
  }

  /** A run, and the runs to which it leaves its rest. Events are JSON. */
  async function reconciled(event: unknown): Promise<void> {
    const ending = await processes.invoke(900, reconcileFunction(stack, event))
    const next: readonly Run[] = ending.kind === 'returned' ? ending.value : []
    for (const run of next) void reconciled(JSON.parse(JSON.stringify({ run })))
  }

  return model
}

function envelopeOf({ dynamoDb }: Stack, id: string): Envelope {
  const decoded = decodeItem(dynamoDb.item('outbox', outboxKey(id)) ?? {})
  if (decoded.kind !== 'envelope') throw new Error(`the outbox has no job ${id}`)
  return decoded.envelope
}

/** Months later nothing of a job is left but its effect: no item, message or dead letter, and no trace with the witness. */
async function forget({ stack, relays }: World, id: string): Promise<void> {
  const { dynamoDb, sqs, witness } = stack
  for (const queue of sqs.lanes.flatMap(({ queue, deadLetters }) => [queue, deadLetters]))
    for (const message of queue.messages) if (JSON.parse(message.body).id === id) queue.take(message.id)
  for (const relay of relays) relay.forget(id)
  await dynamoDb.write({ op: 'delete', table: 'outbox', key: outboxKey(id) })
  await dynamoDb.write({ op: 'delete', table: 'records', key: { pk: `counter#${id}`, sk: 'counter' } })
  for (const item of dynamoDb.items('records'))
    if (Array.isArray(item.jobs) && item.jobs.includes(id))
      await dynamoDb.write({
        op: 'put',
        table: 'records',
        item: { ...item, jobs: item.jobs.filter((job) => job !== id) },
      })
  witness.forget(id)
}
