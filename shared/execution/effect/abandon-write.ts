/** Writes of the reconciler that end a job which can never run again. */
import type { Write } from '../../lib/write.ts'
import type { Effect } from '../effect.ts'
import { failureValues } from './failures.ts'
import { lifeAround } from './lives.ts'
import { transitionWrite } from './render.ts'

/** A job that can never run again. */
export interface Abandoned {
  readonly jobId: string
  readonly type: string
  readonly lane: string
  /** Of the job's envelope; absent when its outbox item does not tell it. */
  readonly createdAt?: string
  readonly now: Date
  readonly error: string
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/**
 * The reconciler ends a job that it can neither send nor read: claim and death in one write. Refused when an attempt holds
 * the job, or when it has ended.
 *
 * @param effect what was read of the job's effect in this life
 */
export function abandonWrite(job: Abandoned, effect: Effect | undefined): Write {
  const { jobId, type, lane, createdAt, now } = job
  const { attempts = 0, failures = [] } = effect ?? {}
  return transitionWrite('abandon', jobId, {
    values: {
      ...failureValues('dead', { ...job, attempt: attempts, failures }),
      type,
      lane,
      attempts,
      createdAt,
      finishedAt: now.toISOString(),
    },
    guard: { nowMs: now.getTime(), earliest: createdAt && lifeAround(createdAt).earliest },
  })
}

/**
 * The reconciler ends a job that waits for a retry without a message, and whose outbox item has expired. Refused when the
 * effect changed since it was read: then some message of the job exists.
 *
 * @param seen the effect as it was read
 */
export function expireWrite(job: Abandoned, seen: Effect): Write {
  const { attempts, failures = [] } = seen
  return transitionWrite('expire', job.jobId, {
    values: {
      ...failureValues('dead', { ...job, attempt: attempts, failures }),
      finishedAt: job.now.toISOString(),
    },
    guard: { seenFailingAt: seen.failingAt },
  })
}
