/** Which indexes have the jobs of a list, and in which order. */
import type { JobStatus } from '../../execution/job-status.ts'
import { dueBuckets, dueKey, longestDelay } from '../../outbox/envelope.ts'
import { jobBuckets, jobIndexKey } from '../../outbox/job-index.ts'
import { failingPartitions } from '../failing-jobs.ts'
import type { ListedJob } from './listed-job.ts'
import type { IndexPart } from './newest-first.ts'

/** Statuses that are listed without the index of all jobs. */
export const alwaysListed = ['scheduled', 'retrying', 'dead'] as const satisfies JobStatus[]

/** Statuses of the list that names none, without the index of all jobs. */
export const failingStatuses = ['retrying', 'dead'] as const satisfies JobStatus[]

export function needsJobIndex(status: JobStatus | undefined): boolean {
  return status !== undefined && !alwaysListed.some((listed) => listed === status)
}

/** Times of a list: since is inclusive, until exclusive. ISO 8601 UTC. */
interface Times {
  readonly since?: string
  readonly until?: string
}

/** A part of a list. */
export interface ListPart extends IndexPart {
  /** Whether it leaves out the jobs that wait in the outbox, or did so: another part of the list has them. */
  readonly skipsWaiting?: true
}

/** @param hasAll whether the stage has the index of all jobs */
export function partsOf(status: JobStatus | undefined, times: Times, hasAll: boolean, now: Date): readonly ListPart[] {
  if (status === 'scheduled') return scheduled(times, hasAll, now)
  if (status === 'retrying' || status === 'dead') return [failing([status], times)]
  return [hasAll ? allJobs(times) : failing(failingStatuses, times)]
}

/**
 * The jobs that wait in the outbox, and those that are delayed in their queue. Only the index of all jobs has the latter, among
 * those of the last 15 minutes: a longer delay begins in the outbox.
 */
function scheduled({ since, until }: Times, hasAll: boolean, now: Date): ListPart[] {
  const ahead = now.toISOString()
  const waiting = {
    index: 'due',
    partitions: Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket)),
    since: since !== undefined && since > ahead ? since : ahead,
    until,
  } as const
  const recent = new Date(now.getTime() - longestDelay * 1_000).toISOString()
  return hasAll ? [waiting, { ...allJobs({ since: recent }), skipsWaiting: true }] : [waiting]
}

/** Whether a job waits in the outbox, or did so before the sweeper released it. */
export function hasWaited({ waits, envelope }: ListedJob): boolean {
  if (waits || !envelope?.runAt) return waits
  return Date.parse(envelope.runAt) - Date.parse(envelope.createdAt) > longestDelay * 1_000
}

function failing(states: readonly ('retrying' | 'dead')[], times: Times): ListPart {
  return { index: 'failing', partitions: failingPartitions(states), ...times }
}

function allJobs(times: Times): ListPart {
  return { index: 'jobs', partitions: Array.from({ length: jobBuckets }, (_, bucket) => jobIndexKey(bucket)), ...times }
}
