/** The status of a job, as callers and operators see it. */
import type { JobType } from '../define/job.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { isLastAttempt, leaseIsOver } from './effect/lease.ts'
import { effectOf } from './effect/lives.ts'
import type { Effect } from './effect.ts'
import type { JobStatus } from './job-status.ts'

/**
 * The status of a job follows from its outbox item and its effect; it is written nowhere, so it cannot be wrong.
 * An attempt whose lease is over has died with its process: the job waits for the next one, or is dead if none may follow.
 */
export function statusOf(
  job: Pick<Envelope, 'runAt' | 'createdAt'>,
  found: Effect | undefined,
  now: Date,
  type?: Pick<JobType, 'onCrash'>,
): JobStatus {
  const effect = effectOf(job, found)
  if (!effect) return job.runAt !== undefined && new Date(job.runAt) > now ? 'scheduled' : 'pending'
  if (effect.state !== 'running' || !leaseIsOver(effect, now)) return effect.state
  return isLastAttempt(effect, type?.onCrash ?? 'retry') ? 'dead' : 'retrying'
}
