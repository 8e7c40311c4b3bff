/** Writes of an attempt, most of which end it. Only its owner may: one that wakes up after its lease finds another owner, or an end. */
import type { Progress } from '../../define/job-type.ts'
import type { Write } from '../../lib/write.ts'
import type { Attempt } from '../attempt.ts'
import { failureValues, type NewFailure } from './failures.ts'
import { transitionWrite } from './render.ts'

interface End {
  readonly jobId: string
  readonly owner: string
  readonly now: Date
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

type FailedEnd = End & NewFailure

/** An attempt that failed, and until when its job waits. */
export interface WaitingEnd extends FailedEnd {
  /** ms since the epoch. @default - not at all */
  readonly notBefore?: number
}

/** The job is done. Committed together with what it returned. @param result JSON text */
export function completeWrite({ jobId, owner, now, expiresAt }: End, result?: string): Write {
  return transitionWrite('complete', jobId, {
    values: { finishedAt: now.toISOString(), expiresAt, result },
    guard: { holder: owner },
  })
}

/** The attempt says how far it is. */
export function reportWrite(
  { effect, owner }: Pick<Attempt, 'effect' | 'owner'>,
  progress: Progress,
  now: Date,
): Write {
  return transitionWrite('report', effect.pk, {
    values: { progress: { ...progress, at: now.toISOString() } },
    guard: { holder: owner },
  })
}

/** The attempt failed and the job waits for the next one. */
export function failWrite(end: WaitingEnd): Write {
  return transitionWrite('fail', end.jobId, {
    values: { ...failureValues('retrying', end), notBefore: end.notBefore ?? 0 },
    guard: { holder: end.owner },
  })
}

/**
 * The job waits for code that knows it. In the job's first life the budget is taken back with the attempt: the code that
 * set it may have known an older version of the type.
 */
export function postponeWrite(end: WaitingEnd, deaths: number): Write {
  return transitionWrite('postpone', end.jobId, {
    values: {
      ...failureValues('retrying', end),
      notBefore: end.notBefore ?? 0,
      waitingSince: end.now.toISOString(),
    },
    guard: { holder: end.owner },
    keep: deaths === 0 ? [] : ['budget'],
  })
}

/** A call of the job was throttled. Its errors would push the failures out, so only the last one is kept. */
export function throttleWrite(end: WaitingEnd): Write {
  const { failures: _, ...values } = failureValues('retrying', end)
  return transitionWrite('throttle', end.jobId, {
    values: { ...values, notBefore: end.notBefore ?? 0, throttledSince: end.now.toISOString() },
    guard: { holder: end.owner },
  })
}

/** The job is dead: out of attempts, beyond help, or its last attempt killed its process. Its dead letter follows. */
export function dieWrite(end: FailedEnd): Write {
  return transitionWrite('die', end.jobId, {
    values: { ...failureValues('dead', end), finishedAt: end.now.toISOString() },
    guard: { holder: end.owner },
  })
}

/** The dead letter of a death was sent. */
export function noteDeadLetterWrite(jobId: string, deaths: number, now: Date): Write {
  return transitionWrite('noteDeadLetter', jobId, {
    values: { deadLetterAt: now.toISOString() },
    guard: { seenDeaths: deaths },
  })
}
