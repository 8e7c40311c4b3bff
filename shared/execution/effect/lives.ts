/**
 * Lives of an id. An id can be used again after its outbox item has expired: by the same idempotency key, or by a caller
 * that chooses its ids. That is a new life of the id. The effect of the former life may still exist; `createdAt`
 * distinguishes the two.
 */
import type { Effect } from '../effect.ts'

/** Two lives of an id are 30 days apart, the lifetime of the outbox. Much less is enough, whatever the clocks say. ms. */
const livesApart = 86_400_000

/** Times around a job's `createdAt`: every job of the same life was written between them. ISO 8601 UTC. */
export function lifeAround(createdAt: string): { readonly earliest: string; readonly latest: string } {
  const at = Date.parse(createdAt)
  return {
    earliest: new Date(at - livesApart).toISOString(),
    latest: new Date(at + livesApart).toISOString(),
  }
}

/** Whether a job that was written at one time belongs to a life before that of a job written at another. */
export function isFormer(createdAt: string, later: string): boolean {
  return Date.parse(createdAt) < Date.parse(later) - livesApart
}

/**
 * The effect of a job, unless it belongs to a former life of the id: then this job has none yet.
 *
 * @param job the job's envelope or outbox item
 */
export function effectOf(job: { readonly createdAt: string }, effect: Effect | undefined): Effect | undefined {
  return effect?.createdAt !== undefined && isFormer(effect.createdAt, job.createdAt) ? undefined : effect
}
