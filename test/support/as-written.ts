import type { Written } from '../../shared/reconcile.ts'
import type { Item } from '../../shared/write.ts'

/** An outbox item as the reconciler reads it. */
export function asWritten(item: Item): Written {
  return {
    id: String(item.id),
    createdAt: String(item.createdAt),
    start: String(item.runAt ?? item.createdAt),
    resentAt: item.resentAt as string | undefined,
  }
}
