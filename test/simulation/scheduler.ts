/** The sweeper and the reconciler, as EventBridge Scheduler and Lambda call them. */
import { reconcileFunction, sweepFunction } from './functions.ts'
import type { Processes } from './process.ts'
import type { World } from './world.ts'

type Main = Parameters<Processes['invoke']>[1]

const [minute, hour] = [60_000, 3_600_000]
/** Lambda tries an event again whose function failed, after a minute and after two. ms. */
const retries = [minute, 2 * minute]

/** Calls them for as long as the world lasts. */
export function keepTime({ timeline, faults, processes, stack, isAtRest }: World): void {
  async function deliver(timeoutSeconds: number, main: Main): Promise<void> {
    for (const pause of [...retries, undefined]) {
      const { kind } = await processes.invoke(timeoutSeconds, main)
      if (kind === 'returned' || pause === undefined) return
      await new Promise<void>((resume) => timeline.after(pause, resume))
    }
  }

  /** At least once. */
  function every(ms: () => number, timeoutSeconds: number, mainOf: (at: number) => Main): void {
    const tick = () => {
      timeline.after(ms(), tick)
      const main = mainOf(timeline.now())
      void deliver(timeoutSeconds, main)
      if (faults.happens('invoked twice')) void deliver(timeoutSeconds, main)
    }
    timeline.after(ms(), tick)
  }

  // While nothing goes on and no job waits for its time, the sweeper comes more seldom than in life: it would find nothing.
  every(
    () => (isAtRest() ? 25 * minute : minute),
    75,
    () => sweepFunction(stack),
  )
  every(
    () => hour,
    900,
    (at) => reconcileFunction(stack, at),
  )
}
