/** The sparse index of failing jobs (`retrying` or `dead`): where a job stands in it. */
import { bucketOf } from '../../lib/id.ts'
import type { Effect } from '../effect.ts'

/** Partitions per state of the index: an outage writes there as fast as jobs fail. */
export const failingBuckets = 4

/** Partition key of the index for a failing job. */
export function failingKey(state: 'retrying' | 'dead', bucket: number): string {
  return `${state}#${bucket}`
}

/** Both keys of the index. The sort key ends with the job's id: no two are equal, so a page can end after any of them. */
export function failingKeys(state: 'retrying' | 'dead', jobId: string, now: Date) {
  return {
    failing: failingKey(state, bucketOf(jobId, failingBuckets)),
    failingAt: `${now.toISOString()}#${jobId}`,
  }
}

/** Since when a job is failing, ISO 8601 UTC. */
export function failingSince(effect: Pick<Effect, 'failingAt'>): string | undefined {
  return effect.failingAt?.split('#', 1)[0]
}
