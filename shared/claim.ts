import { type Claim, claimWrite, type Effect, readRefusal, reclaimWrite } from './effect.ts'
import type { Store } from './ports.ts'

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly effect: Effect }
  | { readonly kind: 'succeeded' | 'cancelled' | 'already-dead' }
  /** Come back after this moment, in ms since the epoch. */
  | { readonly kind: 'busy'; readonly leaseUntil: number }
  /** The process died in the last attempt; `effect` is what it left. */
  | { readonly kind: 'crashed'; readonly effect: Effect }

/** Takes a job for one attempt, or tells why not. One conditional write; a redriven dead letter takes two. */
export async function claimJob(store: Store, claim: Claim, deathsOfMessage: number): Promise<ClaimResult> {
  const result = await store.write(claimWrite(claim))
  if (result.kind === 'written') return { kind: 'claimed', effect: result.item as unknown as Effect }
  if (!result.met) return { kind: 'busy', leaseUntil: claim.now.getTime() }
  const met = result.met as unknown as Effect
  const refused = readRefusal(met, claim.owner, claim.now, deathsOfMessage)
  if (refused.kind === 'claimed' || refused.kind === 'crashed') return { kind: refused.kind, effect: met }
  return refused.kind === 'redriven' ? reclaim(store, claim, met) : refused
}

async function reclaim(store: Store, claim: Claim, dead: Effect): Promise<ClaimResult> {
  const result = await store.write(reclaimWrite(claim, dead))
  if (result.kind === 'written') return { kind: 'claimed', effect: result.item as unknown as Effect }
  const met = result.met as unknown as Effect | undefined
  // Our own claim whose answer was lost, or somebody else was quicker: then the message comes back at once and sees.
  if (met?.owner === claim.owner && met.state === 'running') return { kind: 'claimed', effect: met }
  return { kind: 'busy', leaseUntil: claim.now.getTime() }
}
