/** Writes of operators: redrive, replay and cancel. */
import { expiresAfter, lifetimes } from '../../lib/lifetimes.ts'
import type { Write } from '../../lib/write.ts'
import type { Effect } from '../effect.ts'
import { failingKeys } from './failing.ts'
import { lifeAround } from './lives.ts'
import { transitionWrite } from './render.ts'

/**
 * Takes a dead job for a redrive: it waits for an attempt, with a fresh budget. Refused when it moved on meanwhile. Written
 * before its message is sent, so that of several redrives at once one wins, and only that one sends.
 *
 * @param token the operator's call, as `owner` names an attempt: a refusal that meets it is our own write, whose answer was lost
 */
export function reviveWrite(dead: Effect, maxAttempts: number, now: Date, token: string): Write {
  return transitionWrite('revive', dead.pk, {
    values: {
      owner: token,
      budget: maxAttempts,
      ...failingKeys('retrying', dead.pk, now),
      expiresAt: expiresAfter(now, lifetimes.effect),
    },
    guard: { seenDeaths: dead.deaths },
  })
}

/**
 * A cancelled job is wanted after all: it waits for its first attempt. Written before its message is sent, as in
 * {@link reviveWrite}.
 *
 * @param runAt the job's time, before which it does not run, ISO 8601 UTC
 */
export function uncancelWrite(jobId: string, maxAttempts: number, now: Date, token: string, runAt?: string): Write {
  const early = runAt !== undefined && Date.parse(runAt) > now.getTime() ? new Date(runAt) : undefined
  return transitionWrite('uncancel', jobId, {
    values: {
      owner: token,
      budget: maxAttempts,
      notBefore: early?.getTime(),
      ...failingKeys('retrying', jobId, now),
      expiresAt: expiresAfter(early ?? now, lifetimes.effect),
    },
  })
}

/** A dead or cancelled job is replaced by a new one, with another payload: nothing makes it run again. */
export function replaceWrite({ pk, deaths }: Effect, replayedAs: string, now: Date): Write {
  return transitionWrite('replace', pk, {
    values: { replayedAs, expiresAt: expiresAfter(now, lifetimes.effect) },
    guard: { seenDeaths: deaths },
  })
}

/** Whether a refused {@link reviveWrite} or {@link uncancelWrite} met itself: it went through, only its answer was lost. */
export function isTakenBy(met: Effect | undefined, token: string): boolean {
  return met?.state === 'retrying' && met.owner === token
}

/**
 * Cancels a job that nobody has claimed, also one that was cancelled before and replayed. It wins, or it is refused; it
 * cannot race.
 */
export function cancelWrite(
  { pk, type, lane, expiresAt, createdAt }: Pick<Effect, 'pk' | 'type' | 'lane' | 'expiresAt' | 'createdAt'>,
  now: Date,
): Write {
  return transitionWrite('cancel', pk, {
    values: { type, lane, createdAt, attempts: 0, budget: 0, deaths: 0, finishedAt: now.toISOString(), expiresAt },
    guard: { nowMs: now.getTime(), earliest: createdAt && lifeAround(createdAt).earliest },
  })
}
