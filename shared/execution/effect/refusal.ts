/** Refused claims: what the item that a claim met means for the message. */
import type { Effect } from '../effect.ts'
import type { Claim } from './claim-writes.ts'
import { isLastAttempt, leaseIsOver } from './lease.ts'
import { isFormer } from './lives.ts'

export type Refused =
  /** Our own claim went through, only its answer was lost. */
  | { readonly kind: 'claimed' }
  /** `superseded`: the message is of a former life of the id, the effect of a later one. */
  | { readonly kind: 'succeeded' | 'cancelled' | 'already-dead' | 'superseded' }
  /** No attempt may start before `until`, in ms since the epoch: another one is at work, or the backoff is not over. */
  | { readonly kind: 'busy'; readonly until: number }
  /** The process died in an attempt; `isLast` when no other may follow. */
  | { readonly kind: 'orphaned'; readonly isLast: boolean }
  /** The message is the latest dead letter, put back by a person. */
  | { readonly kind: 'redriven' }
  /** The effect is left from a former life of the id; the job's own was written at `createdAt`. */
  | { readonly kind: 'former'; readonly createdAt: string }

/**
 * Reads what follows from the effect that a refused claim met.
 *
 * @param deathsOfMessage the number the message carries if it was a dead letter, else 0
 */
export function readRefusal(
  met: Effect,
  claim: Pick<Claim, 'owner' | 'now' | 'createdAt' | 'onCrash'>,
  deathsOfMessage: number,
): Refused {
  const { now } = claim
  if (met.owner === claim.owner && met.state === 'running') return { kind: 'claimed' }
  if (met.state === 'running' && !leaseIsOver(met, now)) return { kind: 'busy', until: met.leaseUntil ?? 0 }
  if (met.createdAt !== undefined && claim.createdAt !== undefined) {
    if (isFormer(met.createdAt, claim.createdAt)) return { kind: 'former', createdAt: claim.createdAt }
    if (isFormer(claim.createdAt, met.createdAt)) return { kind: 'superseded' }
  }
  switch (met.state) {
    case 'succeeded':
    case 'cancelled':
      return { kind: met.state }
    case 'dead':
      return { kind: deathsOfMessage === met.deaths ? 'redriven' : 'already-dead' }
    case 'running':
      return { kind: 'orphaned', isLast: isLastAttempt(met, claim.onCrash) }
    case 'retrying':
      // Its wait is not over. Or it turned to `retrying` between our condition and its answer: then at once.
      return { kind: 'busy', until: Math.max(met.notBefore ?? 0, now.getTime()) }
  }
}
