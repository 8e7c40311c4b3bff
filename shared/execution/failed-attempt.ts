/** An attempt that failed, and what its effect says of it. */
import { expiresAfter } from '../lib/lifetimes.ts'
import type { Envelope } from '../outbox/envelope.ts'
import type { ConsumerDeps } from './consumer.ts'
import type { Effect } from './effect.ts'

/** An attempt that failed, or whose process died. */
export interface FailedAttempt {
  readonly envelope: Envelope
  readonly effect: Effect
  readonly owner: string
  /** When this process will be ended, in ms since the epoch. */
  readonly deadline: number
}

/**
 * The time that the job has waited for code that knows it, in ms; an attempt that old code left behind waits from its
 * lease's end.
 */
export function waitedFor({ clock }: ConsumerDeps, { effect }: FailedAttempt): number {
  const now = clock.now().getTime()
  const since =
    effect.waitingSince === undefined ? Math.min(effect.leaseUntil ?? now, now) : Date.parse(effect.waitingSince)
  return now - since
}

/** The time since the first throttled call of the job, in ms. */
export function throttledFor({ clock }: ConsumerDeps, { effect }: FailedAttempt): number {
  return effect.throttledSince === undefined ? 0 : clock.now().getTime() - Date.parse(effect.throttledSince)
}

/** The attempt's end, as the writes of its failure take it. */
export function endOf(deps: ConsumerDeps, { effect, owner }: FailedAttempt, error: string) {
  const now = deps.clock.now()
  const { pk: jobId, attempts: attempt, failures = [] } = effect
  return { jobId, owner, now, expiresAt: expiresAfter(now, deps.lifetimes.effect), attempt, error, failures }
}
