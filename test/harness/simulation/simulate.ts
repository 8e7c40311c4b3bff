/** One world from its first job to its last: built, thrown about, brought to rest, and judged. */
import { liveThrough } from './life.ts'
import { withTimersOn } from './timeline.ts'
import { type Verdict, verdictOn } from './verdict.ts'
import { createWorld, start } from './world.ts'

export interface Report extends Verdict {
  readonly seed: number
  /** Jobs that were written, whoever knows. */
  readonly jobs: number
  readonly faults: ReadonlyMap<string, number>
  /** What consumers, operators and the reconciler saw, by kind. */
  readonly events: ReadonlyMap<string, number>
  readonly virtualMs: number
  /** Two runs with the same fingerprint were the same run, call by call. */
  readonly fingerprint: number
}

/** Runs a world of its own for some jobs. The same arguments give the same run. */
export async function simulate(seed: number, jobs: number): Promise<Report> {
  const world = createWorld(seed)
  await withTimersOn(world.timeline, () => liveThrough(world, jobs))
  const { stack, faults, timeline, processes } = world
  return {
    seed,
    ...(await verdictOn(stack)),
    jobs: stack.witness.committed.size,
    faults: faults.counts,
    events: stack.witness.events,
    virtualMs: timeline.now() - start,
    fingerprint: processes.fingerprint,
  }
}
