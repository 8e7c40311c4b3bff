/** The sweeper and the reconciler, as EventBridge Scheduler and Lambda call them. */
import type { Run } from '../../../shared/recovery/reconcile.ts'
import { reconcileFunction } from '../world/functions/reconcile.ts'
import { sweepFunction, sweepTimeout } from '../world/functions/sweep.ts'
import type { Processes } from '../world/process.ts'
import type { World } from '../world/world.ts'

type Main = Parameters<Processes['invoke']>[1]

const [minute, hour] = [60_000, 3_600_000]
/** Lambda tries an event again whose function failed, after a minute and after two. ms. */
const retries = [minute, 2 * minute]

/** Calls them for as long as the world lasts. */
export function keepTime({ timeline, faults, processes, stack, isAtRest }: World): void {
  async function deliver(timeoutSeconds: number, main: Main): Promise<unknown> {
    for (const pause of [...retries, undefined]) {
      const ending = await processes.invoke(timeoutSeconds, main)
      if (ending.kind === 'returned') return ending.value
      if (pause === undefined) return undefined
      await new Promise<void>((resume) => timeline.after(pause, resume))
    }
    return undefined
  }

  /** At least once. */
  function every(ms: () => number, call: (at: number) => Promise<unknown>): void {
    const tick = () => {
      timeline.after(ms(), tick)
      const at = timeline.now()
      void call(at)
      if (faults.happens('invoked twice')) void call(at)
    }
    timeline.after(ms(), tick)
  }

  /** A run, and the runs to which it leaves its rest. Events are JSON. */
  async function reconcile(event: unknown): Promise<void> {
    const next = (await deliver(900, reconcileFunction(stack, event))) as readonly Run[] | undefined
    for (const run of next ?? []) {
      stack.witness.event('reconciler went on')
      void reconcile(JSON.parse(JSON.stringify({ run })))
    }
  }

  // While nothing goes on and no job waits for its time, the sweeper comes more seldom than in life: it would find nothing.
  every(
    () => (isAtRest() ? 25 * minute : minute),
    () => deliver(sweepTimeout, sweepFunction(stack)),
  )
  every(
    () => hour,
    (at) => reconcile({ at: new Date(at).toISOString() }),
  )
}
