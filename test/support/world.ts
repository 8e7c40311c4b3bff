/** A small world around the core: callers, a stream, two lanes, consumers, an operator, time; everything impure simulated. */
import type { Process } from './processes.ts'
import { createBase, type JobPlan, type WorldSettings } from './world-base.ts'
import { worldFunctions } from './world-functions.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

/** A world in which the jobs were accepted and are in their lanes. Timers must be fake, so that time limits follow the clock. */
export async function createWorld(plans: readonly JobPlan[], settings: WorldSettings) {
  const base = createBase(settings)
  const functions = worldFunctions(base)
  const world = { ...base, ...functions }
  for (const plan of plans) {
    await functions.accept(plan)
    await finish(world.processes)
  }
  await functions.relay()
  await finish(world.processes)
  return world
}

/** Lets processes go on to their end, without mishap. */
export async function finish(processes: readonly Process[]): Promise<void> {
  for (let busy = processes.filter(({ calls }) => calls.length > 0); busy.length > 0; ) {
    for (const process of busy) await process.step(0, 'done')
    busy = processes.filter(({ calls }) => calls.length > 0)
  }
}
