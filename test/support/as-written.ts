import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { Written } from '../../shared/recovery/reconcile-checks.ts'

/** An outbox item as the reconciler reads it. */
export function asWritten(item: Item): Written {
  const createdAt = String(item.createdAt)
  return {
    pk: String(item.pk),
    id: String(item.sk),
    lane: String(item.lane),
    start: String(item.dueAt ?? item.runAt ?? createdAt),
    createdAt,
    resentAt: item.resentAt as string | undefined,
    expiresAt: Number(item.expiresAt ?? Date.parse(createdAt) / 1000 + lifetimes.outbox),
  }
}
