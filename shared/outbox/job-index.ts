/** The index of all jobs: where a job stands in it. */
import { bucketOf } from '../lib/id.ts'

/**
 * Partitions of the index. A partition takes 1,000 writes a second, and each job is one write: eight take 4,000 jobs a second
 * with room to spare. A page of the list reads all of them.
 */
export const jobBuckets = 8

/** Partition key of the index for the jobs of a bucket. */
export function jobIndexKey(bucket: number): string {
  return `jobs#${bucket}`
}

/**
 * Both keys of the index. Every outbox item has them, also where the stage has no index: the index that is added later has the
 * jobs from before. The sort key ends with the job's id: no two are equal, so a page can end after any of them.
 */
export function jobIndexKeys(id: string, createdAt: string) {
  return { listed: jobIndexKey(bucketOf(id, jobBuckets)), listedAt: `${createdAt}#${id}` }
}
