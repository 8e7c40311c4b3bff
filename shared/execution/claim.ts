/** The claim: one conditional write that takes a job for one attempt, or tells why not. */

import type { Store } from '../lib/ports.ts'
import type { Write } from '../lib/write.ts'
import { type Claim, claimWrite, reclaimWrite, restartWrite, takeoverWrite } from './effect/claim-writes.ts'
import { readRefusal } from './effect/refusal.ts'
import type { Effect } from './effect.ts'

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly effect: Effect }
  /** `superseded`: the message is of a former life of the id. */
  | { readonly kind: 'succeeded' | 'cancelled' | 'superseded' }
  | { readonly kind: 'already-dead'; readonly effect: Effect }
  /** Come back at this moment, in ms since the epoch. */
  | { readonly kind: 'busy'; readonly until: number }
  /** The process died in an attempt before, and the next one must run alone: claim again when no other job is at work. */
  | { readonly kind: 'orphaned'; readonly effect: Effect }
  /** The process died in the last attempt; `effect` is what it left. */
  | { readonly kind: 'crashed'; readonly effect: Effect }

/**
 * Takes a job for one attempt. One write; a second one after a crash, for a redriven dead letter, and for an id that had a
 * life before.
 *
 * @param deathsOfMessage the number the message carries if it was a dead letter, else 0
 */
export async function claimJob(store: Store, claim: Claim, deathsOfMessage: number): Promise<ClaimResult> {
  const result = await store.write(claimWrite(claim))
  if (result.kind === 'written') return { kind: 'claimed', effect: result.item as unknown as Effect }
  if (!result.met) return { kind: 'busy', until: claim.now.getTime() }
  const met = result.met as unknown as Effect
  const refused = readRefusal(met, claim, deathsOfMessage)
  switch (refused.kind) {
    case 'claimed':
    case 'already-dead':
      return { kind: refused.kind, effect: met }
    case 'redriven':
      return claimAgain(store, claim, reclaimWrite(claim, met))
    case 'former':
      return claimAgain(store, claim, restartWrite({ ...claim, createdAt: refused.createdAt }, met))
    case 'orphaned':
      if (refused.isLast) return { kind: 'crashed', effect: met }
      return claim.shared ? { kind: 'orphaned', effect: met } : claimAgain(store, claim, takeoverWrite(claim, met))
    case 'busy':
      return refused
    default:
      return { kind: refused.kind }
  }
}

async function claimAgain(store: Store, claim: Claim, write: Write): Promise<ClaimResult> {
  const result = await store.write(write)
  if (result.kind === 'written') return { kind: 'claimed', effect: result.item as unknown as Effect }
  const met = result.met as unknown as Effect | undefined
  // Our own claim whose answer was lost, or somebody else was quicker: then the message comes back at once and sees.
  if (met?.owner === claim.owner && met.state === 'running') return { kind: 'claimed', effect: met }
  return { kind: 'busy', until: claim.now.getTime() }
}
