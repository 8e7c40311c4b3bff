/** What goes on in a world by itself: processes take their steps, messages are delivered, hidden ones come back. */
import type { Process } from './processes.ts'
import type { World } from './world.ts'

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

/** Lets everything end in an ordinary way: no more mishaps, everyone alive goes on, what was lost on the way is found. */
export async function drain(world: World): Promise<void> {
  await settle(world)
  // Beyond the time of every job, and beyond the longest that a message can be hidden.
  for (const hours of [3, 14, 14]) {
    world.advance(hours * hour)
    await world.sweep()
    await settle(world)
    await world.reconcile()
    await settle(world)
  }
}

async function settle(world: World): Promise<void> {
  for (let steps = 0; steps < 3_000; steps++) if (!(await ordinary(world))) return
  throw new Error('the world does not come to rest: some message goes round for ever')
}
