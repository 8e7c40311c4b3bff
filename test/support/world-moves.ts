/** What goes on in a world by itself: processes take their steps, messages are delivered, hidden ones come back. */
import { outboxKey } from '../../shared/id.ts'
import { lifetimes } from '../../shared/lifetimes.ts'
import type { Envelope } from '../../shared/outbox-item.ts'
import type { Process } from './processes.ts'
import { isReadAt } from './segments.ts'
import { finish, idOf, type World } from './world.ts'

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
  for (const { queue } of world.lanes.values()) {
    for (const { body, sentAt } of queue.messages)
      if (sentAt < world.clock.now().getTime() - 7 * day) world.witness.excused.add(idOf(body) ?? '')
    queue.expire(lifetimes.queueRetention)
  }
  for (let n = 0; n < 24; n++) {
    world.advance(hour)
    if (!world.jobs.some(({ id }) => isReadAt(world.clock.now(), outboxKey(id).pk))) continue
    await finish([await world.reconcileHour()])
  }
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
  return world.jobs.filter((_, i) => !['succeeded', 'dead', 'cancelled'].includes(effects[i]?.state ?? ''))
}

async function settle(world: World): Promise<void> {
  for (let steps = 0; steps < 3_000; steps++) if (!(await ordinary(world))) return
  throw new Error('the world does not come to rest: some message goes round for ever')
}
