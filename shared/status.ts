import { type Effect, leaseIsOver } from './effect.ts'
import type { Envelope } from './outbox-item.ts'

export type JobStatus = 'scheduled' | 'pending' | 'running' | 'retrying' | 'succeeded' | 'dead' | 'cancelled'

/**
 * The status of a job follows from its outbox item and its effect; it is written nowhere, so it cannot be wrong.
 * An attempt whose lease is over has died with its process: the job waits for the next one, or, after the last, is dead.
 */
export function statusOf(job: Pick<Envelope, 'runAt'>, effect: Effect | undefined, now: Date): JobStatus {
  if (!effect) return job.runAt !== undefined && new Date(job.runAt) > now ? 'scheduled' : 'pending'
  if (effect.state !== 'running' || !leaseIsOver(effect, now)) return effect.state
  return effect.budget === undefined || effect.attempts < effect.budget ? 'retrying' : 'dead'
}
