/** Errors of the attempts of a job, as its effect keeps them. */
import type { Failure } from '../effect.ts'
import { failingKeys } from './failing.ts'

/** Characters of an error that are kept per attempt, and attempts that are kept; the last error is kept whole next to them. */
const limits = { characters: 300, attempts: 50 }

/** A failure to be written. */
export interface NewFailure {
  readonly jobId: string
  readonly now: Date
  readonly attempt: number
  readonly error: string
  /** The failures before this one, as the claim found them. */
  readonly failures: readonly Failure[]
  /** TTL of the effect, seconds since the epoch. */
  readonly expiresAt: number
}

/** The attributes that every failure writes: its error, and the job's place in the index of failing jobs. */
export function failureValues(
  state: 'retrying' | 'dead',
  { jobId, now, attempt, error, failures, expiresAt }: NewFailure,
) {
  const failure = { attempt, at: now.toISOString(), error: error.slice(0, limits.characters) }
  return {
    lastError: error,
    failures: [...failures, failure].slice(-limits.attempts),
    ...failingKeys(state, jobId, now),
    expiresAt,
  }
}
