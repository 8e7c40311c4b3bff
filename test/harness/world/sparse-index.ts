/** A sparse secondary index: only items that have both its keys are in it, in the order of its sort key. */
import type { Item } from '../../../shared/lib/write.ts'

export interface SparseIndex {
  /** How many items are in it. */
  readonly size: number
  change(before: Item | undefined, after: Item | undefined): void
  /** Items from `since` up to `until`, after the place `start`; `last` where the next page begins. */
  query(
    partition: string,
    bounds: { readonly since: string; readonly until: string },
    start: Item | undefined,
    limit: number,
  ): { readonly page: readonly Item[]; readonly last: Item | undefined }
}

export function sparseIndex(partitionKey: string, sortKey: string, id: string): SparseIndex {
  const partitions = new Map<unknown, Map<unknown, Item>>()
  const isIn = (item: Item | undefined) => item?.[partitionKey] !== undefined && item[sortKey] !== undefined
  const placeOf = (item: Item) => `${item[sortKey]}\n${item[id]}`
  return {
    get size() {
      let size = 0
      for (const partition of partitions.values()) size += partition.size
      return size
    },
    change(before, after) {
      if (before && isIn(before)) partitions.get(before[partitionKey])?.delete(before[id])
      if (!after || !isIn(after)) return
      const partition = partitions.get(after[partitionKey]) ?? new Map<unknown, Item>()
      partitions.set(after[partitionKey], partition.set(after[id], after))
    },
    query(partition, { since, until }, start, limit) {
      const after = start ? placeOf(start) : ''
      const found = [...(partitions.get(partition)?.values() ?? [])]
        .filter((item) => String(item[sortKey]) >= since && String(item[sortKey]) <= until && placeOf(item) > after)
        .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const key = last && { [partitionKey]: last[partitionKey], [sortKey]: last[sortKey], [id]: last[id] }
      return { page, last: found.length > limit ? key : undefined }
    },
  }
}
