/** Runs an attempt of a job, and commits what it returned together with its completion. */
import { ChangeRefusedError, errorLine, NotDoneError, PermanentError, UnknownOutcomeError } from '../define/errors.ts'
import type { JobContext } from '../define/job.ts'
import { isJobChange } from '../outbox/change.ts'
import { type Attempt, type AttemptDeps, commitTime } from './attempt.ts'
import { readMembers } from './batch-members.ts'
import { commitAttempt } from './commit-attempt.ts'
import { type ProgressReporter, progressReporter } from './progress.ts'
import { readJob } from './read-job.ts'
import { throttledError } from './throttled.ts'
import { withTimeLimit } from './time-limit.ts'

/**
 * Runs a claimed attempt to its commit.
 *
 * @returns `fenced` when another attempt has taken the job meanwhile: nothing of this one was written
 * @throws whatever the job threw, or why its change could not be committed; then nothing was written
 */
export async function runAttempt(deps: AttemptDeps, attempt: Attempt): Promise<'committed' | 'fenced'> {
  const job = readJob(attempt.envelope, deps.registry)
  const { type } = job
  let hasRun = false
  try {
    const change = await run(deps, attempt, job)
    hasRun = true
    if (!isJobChange(change)) {
      throw new PermanentError(
        `"${type.type}" returned what is not a change; return {records, jobs, batches, result} or nothing`,
      )
    }
    // If the process dies here, what the job did outside is done, and will be done again with the same effect key.
    return await commitAttempt(deps, attempt, change ?? {})
  } catch (error) {
    if (type.onCrash === 'dead-letter' && !saysItself(error))
      throw new UnknownOutcomeError(
        `it may have done its work, and is not run again (throw a NotDoneError where it surely has not): ${errorLine(error)}`,
      )
    // A commit that is throttled counts as an attempt: what the job did outside is done again.
    throw hasRun || isFinal(error) ? error : (throttledError(error) ?? error)
  }
}

/** Runs the job's own code within its time. What it returns may be anything. */
async function run(
  deps: AttemptDeps,
  attempt: Attempt,
  { type, payload }: ReturnType<typeof readJob>,
): Promise<unknown> {
  const left = attempt.deadline - commitTime - deps.clock.now().getTime()
  let reporter: ProgressReporter | undefined
  try {
    return await withTimeLimit(type, left, (signal, abort) => {
      reporter = progressReporter(deps, attempt, () =>
        abort(new Error(`another attempt of "${type.type}" has taken the job; what this one returns is dropped`)),
      )
      return type.run(payload, jobContext(deps, attempt, signal, reporter.report))
    })
  } finally {
    // A report under way would be in the way of the commit.
    await reporter?.end()
  }
}

/**
 * Whether an error says what became of the work: not done, so it may run again; or never to be tried again, so it ends
 * anyway.
 */
function saysItself(error: unknown): boolean {
  return error instanceof NotDoneError || isFinal(error)
}

function isFinal(error: unknown): boolean {
  return error instanceof PermanentError || error instanceof ChangeRefusedError
}

function jobContext(
  deps: AttemptDeps,
  { envelope, effect }: Attempt,
  signal: AbortSignal,
  progress: JobContext['progress'],
): JobContext {
  return {
    jobId: envelope.id,
    attempt: effect.attempts,
    effectKey: envelope.id,
    signal,
    now: deps.clock.now(),
    services: deps.services,
    progress,
    members: (batchId, page) => readMembers(deps, batchId, page),
  }
}
