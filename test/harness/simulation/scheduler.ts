/** The sweeper and the reconciler, as EventBridge Scheduler and Lambda call them. */
import { reconcileFunction } from '../world/functions/reconcile.ts'
import { sweepFunction, sweepTimeout } from '../world/functions/sweep.ts'
import type { World } from '../world/world.ts'

const [minute, hour] = [60_000, 3_600_000]

/** Calls them for as long as the world lasts. A call that fails is not repeated (infra/scheduling): the next one does its work. */
export function keepTime({ timeline, faults, processes, stack, isAtRest }: World): void {
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
    const ending = await processes.invoke(900, reconcileFunction(stack, event))
    if (ending.kind !== 'returned') {
      stack.witness.reconcilerFailed()
      return
    }
    for (const run of ending.value) {
      stack.witness.event('reconciler went on')
      void reconcile(JSON.parse(JSON.stringify({ run })))
    }
  }

  // While nothing goes on and no job waits for its time, the sweeper comes more seldom than in life: it would find nothing.
  every(
    () => (isAtRest() ? 25 * minute : minute),
    () => processes.invoke(sweepTimeout, sweepFunction(stack)),
  )
  every(
    () => hour,
    (at) => reconcile({ at: new Date(at).toISOString() }),
  )
}
