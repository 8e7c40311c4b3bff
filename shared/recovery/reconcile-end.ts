/** Jobs that the reconciler ends as dead: they can never run again. */

import { type Abandoned, abandonWrite, expireWrite } from '../execution/effect/abandon-write.ts'
import type { Effect } from '../execution/effect.ts'
import { expiresAfter, lifetimes } from '../lib/lifetimes.ts'
import type { Clock, Store } from '../lib/ports.ts'
import type { Item, Write } from '../lib/write.ts'
import { keepWrite } from './reconcile-writes.ts'

/** The outcome of a lost job: sent again, not sent, or ended as dead. */
export interface ReconcileEvent {
  readonly kind: 'unrelayed' | 'unsent' | 'abandoned'
  readonly job: { readonly id: string; readonly type: string; readonly lane: string }
  readonly reason?: string
}

export interface EndDeps {
  readonly store: Store
  readonly clock: Clock
  readonly observe: (event: ReconcileEvent) => void
}

/** The id, type and lane of a job, from its item or its effect. */
export function labelOf({ id, effect }: { readonly id: string; readonly effect: Effect | undefined }, item: Item) {
  const text = (value: unknown, other: string | undefined) => (typeof value === 'string' ? value : (other ?? 'unknown'))
  return { id, type: text(item.type, effect?.type), lane: text(item.lane, effect?.lane) }
}

/**
 * Ends a job that cannot be sent; 1 if it did, 0 if the job moved on meanwhile. If the process dies before the item is kept,
 * the next pass finds a fresh death and keeps it.
 *
 * @param item its outbox item
 */
export async function abandon(
  deps: EndDeps,
  job: { readonly pk: string; readonly id: string; readonly effect: Effect | undefined },
  item: Item,
  error: string,
): Promise<number> {
  const now = deps.clock.now()
  const createdAt = typeof item.createdAt === 'string' ? item.createdAt : undefined
  const ended = { ...endedNow(deps, labelOf(job, item), error), createdAt }
  if (!(await end(deps, ended, abandonWrite(ended, job.effect)))) return 0
  await deps.store.write(keepWrite({ pk: job.pk, sk: job.id }, now))
  return 1
}

/** Ends a job whose outbox item has expired, and whose retry has no message; 1 if it did, 0 if the job moved on meanwhile. */
export async function expire(deps: EndDeps, seen: Effect, error: string): Promise<number> {
  const ended = endedNow(deps, { id: seen.pk, type: seen.type, lane: seen.lane }, error)
  return (await end(deps, ended, expireWrite(ended, seen))) ? 1 : 0
}

function endedNow({ clock }: EndDeps, { id, type, lane }: ReconcileEvent['job'], error: string): Abandoned {
  const now = clock.now()
  return { jobId: id, type, lane, now, error, expiresAt: expiresAfter(now, lifetimes.effect) }
}

async function end({ store, observe }: EndDeps, { jobId, type, lane, error }: Abandoned, write: Write) {
  const result = await store.write(write)
  if (result.kind === 'written') observe({ kind: 'abandoned', job: { id: jobId, type, lane }, reason: error })
  return result.kind === 'written'
}
