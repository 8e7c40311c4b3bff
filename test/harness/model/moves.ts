/** What goes on in a world by itself: calls are done, messages are delivered, hidden ones come back. */
import { effectOf } from '../../../shared/execution/effect/lives.ts'
import type { Effect } from '../../../shared/execution/effect.ts'
import { outboxKey } from '../../../shared/lib/id.ts'
import { isReadAt } from '../../support/segments.ts'
import type { Process } from '../world/process.ts'
import type { Written } from '../world/written.ts'
import type { JobPlan, Model } from './world.ts'

/** Jobs are accepted, and come into their lanes. */
export async function begin(model: Model, plans: readonly JobPlan[]): Promise<void> {
  for (const plan of plans) {
    await model.accept(plan)
    await model.finish()
  }
  await model.relay()
  await model.finish()
}

/** Takes one ordinary step, the most urgent; false once all is at rest. @param isLeft processes that stand still */
export async function ordinary(model: Model, isLeft: (process: Process) => boolean = () => false): Promise<boolean> {
  const { calls, lanes, timeline } = model
  const call = calls.find(({ process }) => !isLeft(process))
  if (call) {
    await model.decide(call, 'done')
    return true
  }
  if (model.hasRecords) {
    await model.relay()
    return true
  }
  const ready = [...lanes.values()].find(({ queue }) => queue.isReady)
  if (ready) {
    await model.invoke(ready.name)
    return true
  }
  const returns = [...lanes.values()].flatMap(({ queue }) => queue.readyAt ?? [])
  const next = Math.min(timeline.nextAt ?? Number.POSITIVE_INFINITY, ...returns)
  if (next === Number.POSITIVE_INFINITY) return false
  await model.wait(Math.max(1, next - timeline.now()))
  return true
}

const hour = 3_600_000
const day = 24 * hour

/** Most of the life of an outbox item passes, and then a day with all passes of the reconciler, without mishap. */
export async function month(model: Model): Promise<void> {
  // No process lives that long.
  model.processes.end()
  await model.wait(28.1 * day)
  model.stack.sqs.expire()
  for (let n = 0; n < 24; n++) {
    await model.wait(hour)
    if (!isTurnOf(model, model.jobs)) continue
    await model.reconcileHour()
    await model.finish()
  }
}

/** Whether the hour's part of the outbox has one of some jobs. */
function isTurnOf({ timeline }: Model, jobs: readonly Written[]): boolean {
  return jobs.some(({ id }) => isReadAt(new Date(timeline.now()), outboxKey(id).pk))
}

/** The key of a job, or an id that its caller chose, is used again when all but its effect is forgotten. */
export async function reuse(model: Model, job: Written): Promise<void> {
  await month(model)
  await model.wait(4 * day)
  model.stack.sqs.expire()
  await model.reuse(job)
}

/** Lets everything end in an ordinary way: no more mishaps, everyone alive goes on, what was lost on the way is found. */
export async function drain(model: Model): Promise<void> {
  model.deploy(false)
  model.setLanes(true)
  await settle(model)
  // Beyond the time of every job.
  await model.wait(3 * hour)
  await model.sweep()
  await settle(model)
  await passByTheClock(model)
  const { stack } = model
  for (const { id } of unended(model))
    if (stack.dynamoDb.item('effects', { pk: id })?.state !== 'running')
      stack.witness.breaks('the reconciler finds a job by the clock, whatever its age', id)
  // Replayed after its last check, then its process died, and then its message got lost as well: a person asks for every job.
  await model.reconcile()
  await settle(model)
  await takeUp(model)
}

/** A person puts back what SQS gave up; those behind the first of a group may be given up once more. */
async function takeUp(model: Model): Promise<void> {
  for (let n = 0; n < 20; n++) {
    const left = new Set(unended(model).map(({ id }) => id))
    const givenUp = [...model.lanes.values()].flatMap((lane) =>
      lane.deadLetters.messages
        .filter(({ isMoved, body }) => isMoved && left.has(JSON.parse(body).id))
        .map(({ id }) => ({ lane, id })),
    )
    if (givenUp.length === 0) return
    for (const { lane, id } of givenUp) await model.putBack(lane, id)
    await settle(model)
  }
}

/** The reconciler's hours, for as long as the outbox keeps an item; those of parts where all has ended are left out. */
async function passByTheClock(model: Model): Promise<void> {
  for (let n = 0; n < 31 * 24; n++) {
    const left = unended(model)
    if (left.length === 0) return
    await model.wait(hour)
    if (!isTurnOf(model, left)) continue
    await model.reconcileHour()
    await settle(model)
  }
}

function unended({ jobs, stack }: Model): Written[] {
  return jobs.filter((job) => {
    const effect = stack.dynamoDb.item('effects', { pk: job.id }) as Effect | undefined
    return !['succeeded', 'dead', 'cancelled'].includes(effectOf(job, effect)?.state ?? '')
  })
}

async function settle(model: Model): Promise<void> {
  for (let steps = 0; steps < 3_000; steps++) if (!(await ordinary(model))) return
  throw new Error('the world does not come to rest: some message goes round for ever')
}
