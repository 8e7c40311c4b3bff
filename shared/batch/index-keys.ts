/** The sparse index of batches: where a batch stands in it. */
import { bucketOf } from '../lib/id.ts'

/** `live`: some member has not ended, or has not succeeded. */
export type BatchGroup = 'live' | 'succeeded'

/** Partitions per group of the index. */
const buckets = 4

/** Partition key of the index for a batch. */
export function batchesKey(group: BatchGroup, id: string): string {
  return partitionOf(group, bucketOf(id, buckets))
}

/** The partitions of the index that hold the batches of some groups. */
export function batchPartitions(groups: readonly BatchGroup[]): string[] {
  return groups.flatMap((group) => Array.from({ length: buckets }, (_, bucket) => partitionOf(group, bucket)))
}

const partitionOf = (group: BatchGroup, bucket: number) => `${group}#${bucket}`
