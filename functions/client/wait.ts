/** Waiting for the end of a job, from a function of the adopter's own. */
import type { Registry } from '../../shared/define/registry.ts'
import { endedJob } from '../../shared/execution/ended-job.ts'
import type { JobStatus } from '../../shared/execution/job-status.ts'
import { statusOf } from '../../shared/execution/status.ts'
import { type StoredJob, storedJob } from '../../shared/execution/stored-job.ts'
import type { Clock, Store } from '../../shared/lib/ports.ts'

/** Options of `wait`. */
export interface WaitOptions {
  /**
   * Longest wait in seconds, 0 or more. 0 reads the job once.
   * @default 20
   */
  readonly timeoutSeconds?: number
  /**
   * Signal that ends the wait early: `wait` then throws its reason.
   * @default - nothing ends the wait early
   */
  readonly signal?: AbortSignal
}

/** A job after a wait. */
export interface WaitedJob {
  /** Id of the job. */
  readonly id: string
  /** Type of the job. */
  readonly type: string
  /** Status of the job. It has ended as `succeeded`, `dead` or `cancelled`; any other status means that the time is over. */
  readonly status: JobStatus
  /** Number of attempts that have started. */
  readonly attempts: number
  /**
   * Result that `run` returned, as it was stored.
   * @default - no result
   */
  readonly result?: unknown
  /**
   * Error of the latest failed attempt, in one line.
   * @default - no attempt failed
   */
  readonly lastError?: string
}

/** Error of a wait for a job that the tables do not have. */
export class UnknownJobError extends Error {
  override readonly name = 'UnknownJobError'
  /** Id of the job. */
  readonly id: string

  /** Creates the error. */
  constructor(id: string) {
    super(
      `Job "${id}" does not exist, or ended more than 30 days ago: give wait() the id of a job that commit(), execute() or items() returned, after its transaction`,
    )
    this.id = id
  }
}

interface WaitDeps {
  readonly store: Store
  readonly clock: Clock
  readonly registry: Registry
}

/** Waits for the end of a job, as `Outbox.wait` says. */
export async function waitForJob(
  deps: WaitDeps,
  id: string,
  { timeoutSeconds = 20, signal }: WaitOptions = {},
): Promise<WaitedJob> {
  if (!(Number.isFinite(timeoutSeconds) && timeoutSeconds >= 0))
    throw new RangeError(`timeoutSeconds is ${timeoutSeconds}; it must be a number of seconds from 0`)
  signal?.throwIfAborted()
  try {
    const found = await storedJob(deps.store, id)
    if (!found) throw new UnknownJobError(id)
    return waitedJob(deps, await endedJob(deps, found, timeoutSeconds, signal))
  } catch (error) {
    throw error instanceof Error && error.name === 'AccessDeniedException' ? notGranted(error) : error
  }
}

function waitedJob({ clock, registry }: WaitDeps, { envelope, effect }: StoredJob): WaitedJob {
  const { id, type } = envelope
  return {
    id,
    type,
    status: statusOf(envelope, effect, clock.now(), registry.jobs.get(type)),
    attempts: effect?.attempts ?? 0,
    ...(effect?.result !== undefined && { result: JSON.parse(effect.result) }),
    ...(effect?.lastError !== undefined && { lastError: effect.lastError }),
  }
}

function notGranted(cause: Error): Error {
  return new Error('wait() may not read jobs: call grantWait(fn) of the OutboxRelay construct for this function.', {
    cause,
  })
}
