/** What goes on in a world by itself: processes take their steps, messages are delivered, hidden ones come back. */
import { effectOf } from '../../shared/execution/effect/lives.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import type { Process } from './processes.ts'
import { isReadAt } from './segments.ts'
import { finish, type World } from './world.ts'
import { idOf } from './world-base.ts'

/** A call that waits for its fate. */
export interface Pending {
  readonly process: Process
  readonly index: number
  readonly name: string
}

export function pending({ processes }: Pick<World, 'processes'>): Pending[] {
  return processes.flatMap((process) => process.calls.map(({ name }, index) => ({ process, index, name })))
}

/** Takes one ordinary step, the most urgent; false once all is at rest. */
export async function ordinary(world: World): Promise<boolean> {
  const [call] = pending(world)
  if (call) {
    await call.process.step(call.index, 'done')
    return true
  }
  if (world.stream.length > 0) {
    await world.relay()
    return true
  }
  const lanes = [...world.lanes]
  const ready = lanes.find(([, { queue }]) => queue.isReady)
  if (ready) {
    await world.invoke(ready[0])
    return true
  }
  const now = world.clock.now().getTime()
  const returns = lanes.flatMap(([, { queue }]) => queue.readyAt ?? [])
  if (returns.length > 0) world.advance(Math.max(1, Math.min(...returns) - now))
  return returns.length > 0
}

const hour = 3_600_000
const day = 24 * hour

/** Most of the life of an outbox item passes, and then a day with all passes of the reconciler, without mishap. */
export async function month(world: World): Promise<void> {
  // No process lives that long.
  for (const { process, index } of pending(world)) process.die(index, false)
  world.advance(28.1 * day)
  expireMessages(world)
  for (let n = 0; n < 24; n++) {
    world.advance(hour)
    if (!world.jobs.some(({ id }) => isReadAt(world.clock.now(), outboxKey(id).pk))) continue
    await finish([await world.reconcileHour()])
  }
}

/** The queues forget what they have kept for as long as they may. */
function expireMessages(world: World): void {
  for (const { queue } of world.lanes.values()) {
    for (const { body, sentAt } of queue.messages)
      if (sentAt < world.clock.now().getTime() - 7 * day) world.witness.excused.add(idOf(body) ?? '')
    queue.expire(lifetimes.queueRetention)
  }
}

/** The key of a job, or an id that its caller chose, is used again when all but its effect is forgotten. */
export async function reuse(world: World, job: Envelope): Promise<void> {
  await month(world)
  world.advance(4 * day)
  expireMessages(world)
  await world.reuse(job)
}

/** Lets everything end in an ordinary way: no more mishaps, everyone alive goes on, what was lost on the way is found. */
export async function drain(world: World): Promise<void> {
  world.code.isOld = false
  world.code.hasNoLanes = false
  await settle(world)
  // Beyond the time of every job.
  world.advance(3 * hour)
  await world.sweep()
  await settle(world)
  await passByTheClock(world)
  for (const job of await unended(world))
    if ((await world.effect(job.id))?.state !== 'running')
      world.witness.violations.push(`the reconciler finds a job by the clock, whatever its age, not ${job.id}`)
  // Replayed after its last check, then its process died, and then its message got lost as well: a person asks for every job.
  await world.reconcile()
  await settle(world)
  await takeUp(world)
}

/** A person puts back what SQS gave up; those behind the first of a group may be given up once more. */
async function takeUp(world: World): Promise<void> {
  for (let n = 0; n < 20; n++) {
    const left = new Set((await unended(world)).map(({ id }) => id))
    const givenUp = [...world.lanes.values()].flatMap((lane) =>
      lane.deadLetters.messages
        .filter(({ isMoved, body }) => isMoved && left.has(idOf(body) ?? ''))
        .map(({ id }) => ({ lane, id })),
    )
    if (givenUp.length === 0) return
    for (const { lane, id } of givenUp) await world.putBack(lane, id)
    await settle(world)
  }
}

/** The reconciler's hours, for as long as the outbox keeps an item; those of parts where all has ended are left out. */
async function passByTheClock(world: World): Promise<void> {
  for (let n = 0; n < 31 * 24; n++) {
    const left = await unended(world)
    if (left.length === 0) return
    world.advance(hour)
    if (!left.some(({ id }) => isReadAt(world.clock.now(), outboxKey(id).pk))) continue
    await world.reconcileHour()
    await settle(world)
  }
}

async function unended(world: World): Promise<Envelope[]> {
  const effects = await Promise.all(world.jobs.map(({ id }) => world.effect(id)))
  return world.jobs.filter(
    (job, i) => !['succeeded', 'dead', 'cancelled'].includes(effectOf(job, effects[i])?.state ?? ''),
  )
}

async function settle(world: World): Promise<void> {
  for (let steps = 0; steps < 3_000; steps++) if (!(await ordinary(world))) return
  throw new Error('the world does not come to rest: some message goes round for ever')
}
