/**
 * The reconciler: the proof that nothing is lost. It reads the whole outbox once a day and sends again what should have run,
 * has not, and has no message any more: a relay was off for longer than the stream remembers, a queue was purged. What it
 * cannot send before the job's item expires, it ends as dead.
 */

import { noFindings, type ReconcileBatchesDeps, reconcileBatches } from './reconcile-batches.ts'
import { grace, type Marks, marksOf, type QueueWait } from './reconcile-marks.ts'
import {
  type Counts,
  missedPart,
  none,
  type PassDeps,
  partOfHour,
  parts,
  type Rest,
  readPart,
  sum,
} from './reconcile-pass.ts'
import { checkRetrying, type RetryingDeps } from './reconcile-retrying.ts'

export { grace }

export interface ReconcileDeps extends PassDeps, RetryingDeps, ReconcileBatchesDeps {
  /** The wait of messages by lane; every lane of the application has an entry. */
  readonly waits: () => Promise<ReadonlyMap<string, QueueWait>>
}

/** The work of one run. JSON: a run that is over before its work hands the rest on as an event of the next. */
export interface Run {
  /** Read one after the other. */
  readonly parts: readonly number[]
  /** Asks for every job below its lane's mark, at whatever age. */
  readonly everything: boolean
  /**
   * The hour's run: it checks what waits for a retry, reads a part that an earlier hour missed, and reads all other parts
   * when one of its own has lost jobs.
   */
  readonly isHourly: boolean
  /** Number of runs between this one and the schedule, or the operator. */
  readonly hop: number
  /** Of the first part, when an earlier run began it. */
  readonly rest?: Rest
  /** Jobs that earlier runs of this chain could not send: its last run says so. */
  readonly unsentBefore: number
}

/** The run of an hour. */
export function hourlyRun(at: Date): Run {
  return { parts: [partOfHour(at)], everything: false, isHourly: true, hop: 0, unsentBefore: 0 }
}

/** Through the whole outbox, and asks for every job: what an operator wants. */
export const fullRun: Run = { parts: all(), everything: true, isHourly: false, hop: 0, unsentBefore: 0 }

/**
 * Runs of a chain. Lambda stops a function that called itself 16 times; so many runs of 15 minutes read a billion items of
 * one part.
 */
export const mostHops = 12

/** After so long, in ms, what is left of several parts is spread over runs of their own. */
const spreadAfter = 60_000

export interface Reconciliation extends Counts {
  /** Runs to start: what this one left. */
  readonly next: readonly Run[]
  /** False when something was left that no run takes up. */
  readonly complete: boolean
  /** Open batches that nobody has sealed for a day. */
  readonly unsealed: readonly string[]
  /** Batches whose check failed, and why. */
  readonly unchecked: readonly string[]
  /** Reasons why the age of a lane's messages is not known. */
  readonly unreadable: readonly string[]
}

/** Does a run's work. @param until when it must end, in ms since the epoch */
export async function reconcile(deps: ReconcileDeps, run: Run, until: number): Promise<Reconciliation> {
  const began = deps.clock.now().getTime()
  const waits = await deps.waits()
  const isVoid = unreadable(waits).length > 0
  const moment = { at: began, marks: marksOf(waits, began), part: run.parts[0] ?? 0, isVoid }
  const isFirst = run.isHourly && run.hop === 0
  const retrying = isFirst ? await checkRetrying(deps, moment, until) : { counts: none, isComplete: true }
  const batches = run.hop === 0 ? await reconcileBatches(deps, until) : noFindings
  const missed = isFirst ? await missedPart(deps, began) : []
  const { counts, next } = await readParts(deps, { ...run, parts: [...run.parts, ...missed] }, moment, until)
  const total = sum([...counts, retrying.counts])
  const within = run.hop < mostHops
  return {
    ...total,
    next: within ? withUnsent(next, run.unsentBefore + total.unsent) : [],
    complete: retrying.isComplete && batches.complete && (within || next.length === 0),
    unsealed: batches.unsealed,
    unchecked: batches.unchecked,
    unreadable: unreadable(waits),
  }
}

async function readParts(
  deps: ReconcileDeps,
  run: Run,
  moment: { readonly at: number; readonly marks: Marks; readonly isVoid: boolean },
  until: number,
) {
  const spreadAt = Math.min(until, moment.at + spreadAfter)
  const queue = [...run.parts]
  const counts: Counts[] = []
  const next: Run[] = []
  let from: typeof moment & Partial<Rest> = run.rest ?? moment
  let mayWiden = run.isHourly
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    const read = await readPart(deps, part, from, { everything: run.everything, until })
    counts.push(read.counts)
    from = moment
    // Where jobs were lost there may be more.
    if (mayWiden && read.counts.suspicious > 0) {
      queue.push(...others(run.parts))
      mayWiden = false
    }
    if (read.rest) next.push({ ...handOn(run, part, read.rest), isHourly: mayWiden })
    if (read.rest || deps.clock.now().getTime() > spreadAt)
      next.push(...queue.splice(0).map((other) => handOn(run, other)))
  }
  return { counts, next }
}

const others = (read: readonly number[]) => all().filter((part) => !read.includes(part))

function all(): number[] {
  return Array.from({ length: parts }, (_, part) => part)
}

function handOn({ everything, hop }: Run, part: number, rest?: Rest): Run {
  return { parts: [part], everything, isHourly: false, hop: hop + 1, unsentBefore: 0, rest }
}

/** The first of the next runs carries what could not be sent. */
function withUnsent(runs: readonly Run[], unsentBefore: number): Run[] {
  return runs.map((run, i) => (i === 0 ? { ...run, unsentBefore } : run))
}

function unreadable(waits: ReadonlyMap<string, QueueWait>): string[] {
  return [...waits].flatMap(([lane, wait]) => (wait.kind === 'unreadable' ? [`${lane}: ${wait.reason}`] : []))
}

export type { Marks, QueueWait }
