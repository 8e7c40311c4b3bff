/** The list of batches, read from their sparse index. */
import { type BatchGroup, batchPartitions } from './index-keys.ts'
import type { BatchItem } from './items.ts'

/** An entry of the index of batches. */
export type BatchPlace = Pick<BatchItem, 'pk' | 'batchesAt'>

export interface BatchIndex {
  /** Entries of one partition of the index, oldest first by default, after a place. Fewer than `limit` only at the end. */
  query(
    partition: string,
    page: { readonly after?: BatchPlace; readonly limit: number; readonly newestFirst?: boolean },
  ): Promise<readonly BatchPlace[]>
}

/** One page of batches of some groups, newest first. */
export async function batchPage(
  index: BatchIndex,
  groups: readonly BatchGroup[],
  { after, limit }: { readonly after?: BatchPlace; readonly limit: number },
): Promise<{ readonly batches: readonly BatchPlace[]; readonly next?: BatchPlace }> {
  const found = await Promise.all(
    batchPartitions(groups).map((partition) => index.query(partition, { after, limit: limit + 1, newestFirst: true })),
  )
  const sorted = found.flat().sort((a, b) => (a.batchesAt > b.batchesAt ? -1 : 1))
  const batches = sorted.slice(0, limit)
  return sorted.length > limit ? { batches, next: batches.at(-1) } : { batches }
}
