/** Writes that start an attempt. */
import type { Write } from '../../lib/write.ts'
import type { Effect } from '../effect.ts'
import { lifeAround } from './lives.ts'
import { transitionWrite } from './render.ts'

/** An attempt that asks for a job. */
export interface Claim {
  readonly jobId: string
  readonly type: string
  readonly lane: string
  /** When the job was written, from its envelope: which life of its id is meant. ISO 8601 UTC. @default - any */
  readonly createdAt?: string
  /** The attempt. A random text, never used twice. */
  readonly owner: string
  readonly now: Date
  /** ms since the epoch. */
  readonly leaseUntil: number
  readonly maxAttempts: number
  /**
   * Whether this code does not know the type, or its version: then a new job's budget is left to code that does.
   * @default false
   */
  readonly isUnknown?: boolean
  /** Whether other jobs of the batch run in the process at the same time. @default false */
  readonly shared?: boolean
  /** When the process died in an attempt before: run again, or never twice. */
  readonly onCrash: 'retry' | 'dead-letter'
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

function startValues({ owner, leaseUntil, now, type, lane, shared = false, expiresAt, createdAt }: Claim) {
  return { owner, leaseUntil, startedAt: now.toISOString(), type, lane, shared, expiresAt, createdAt }
}

/** Code that does not know the job leaves its wait for such code as it is. */
function keepOf({ isUnknown }: Claim): readonly string[] {
  return isUnknown ? ['waitingSince'] : []
}

/** Takes the job for one attempt: it is new, or its wait for a retry is over. */
export function claimWrite(claim: Claim): Write {
  return transitionWrite('claim', claim.jobId, {
    values: { ...startValues(claim), deaths: 0, budget: claim.isUnknown ? undefined : claim.maxAttempts },
    guard: { nowMs: claim.now.getTime(), ...(claim.createdAt === undefined ? {} : lifeAround(claim.createdAt)) },
    keep: keepOf(claim),
  })
}

/**
 * Takes the job over from an attempt whose process has died. If that process had other jobs next to this one, any of them
 * may have killed it, so the lost attempt is given back.
 *
 * @param met the effect as the refused claim found it
 */
export function takeoverWrite(claim: Claim, met: Effect): Write {
  return transitionWrite('takeover', claim.jobId, {
    values: {
      ...startValues(claim),
      budget: claim.isUnknown ? undefined : claim.maxAttempts,
      givenBack: met.shared ? (met.givenBack ?? 0) + 1 : undefined,
    },
    guard: { seenOwner: met.owner ?? '', nowMs: claim.now.getTime() },
    keep: keepOf(claim),
  })
}

/** Takes a dead job for one attempt, because its dead letter was put back into the lane: it gets a fresh budget of attempts. */
export function reclaimWrite(claim: Claim, dead: Effect): Write {
  return transitionWrite('reclaim', claim.jobId, {
    values: { ...startValues(claim), budget: claim.maxAttempts },
    guard: { seenDeaths: dead.deaths },
    keep: keepOf(claim),
  })
}

/**
 * Takes a job whose id had a life before, of which the effect still exists: everything begins anew.
 *
 * @param former the effect as the refused claim found it
 */
export function restartWrite(claim: Claim & { readonly createdAt: string }, former: Effect): Write {
  const budget = claim.isUnknown ? undefined : claim.maxAttempts
  return transitionWrite('restart', claim.jobId, {
    values: { ...startValues(claim), attempts: 1, deaths: 0, budget },
    guard: {
      nowMs: claim.now.getTime(),
      earliest: lifeAround(claim.createdAt).earliest,
      seenCreatedAt: former.createdAt,
    },
  })
}
