/** One world from its first job to its last: built, thrown about, brought to rest, and judged. */
import { withTimersOn } from '../world/timeline.ts'
import { type Verdict, verdictOn } from '../world/verdict.ts'
import { createWorld, start } from '../world/world.ts'
import { createCallers } from './callers.ts'
import { liveThrough } from './life.ts'

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
  const world = createWorld({
    seed,
    // Some worlds have queues that lose patience early, so that SQS moves messages by itself.
    maxReceiveCount: seed % 3 === 0 ? 4 : 50,
    // In some a run of the reconciler reads a page of each segment at most.
    ...(seed % 3 === 1 && { runMs: 0 }),
  })
  await withTimersOn(world.timeline, () => liveThrough({ ...world, callers: createCallers(world) }, jobs))
  const { stack, faults, timeline, processes } = world
  return {
    seed,
    ...verdictOn(stack),
    jobs: stack.witness.written.size,
    faults: faults.counts,
    events: stack.witness.events,
    virtualMs: timeline.now() - start,
    fingerprint: processes.fingerprint,
  }
}
