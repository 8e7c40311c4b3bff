/** What a list of jobs is narrowed by. */
import type { Registry } from '../../define/registry.ts'
import type { Effect } from '../../execution/effect.ts'
import type { JobStatus } from '../../execution/job-status.ts'
import { statusOf } from '../../execution/status.ts'
import { idOf, type ListedJob, type LoadDeps, listTime, loadJobs, statusOfListed } from './listed-job.ts'
import type { JobEntry } from './newest-first.ts'
import { failingStatuses, hasWaited, type ListPart } from './parts.ts'

export interface JobFilter {
  readonly status?: JobStatus
  readonly type?: string
  readonly lane?: string
  /** The beginning of the id. */
  readonly id?: string
  /** ISO 8601 UTC, inclusive: of the time by which the list is sorted. */
  readonly since?: string
  /** ISO 8601 UTC, exclusive. */
  readonly until?: string
}

export interface FilterDeps extends LoadDeps {
  /** Whether the stage has the index of all jobs. */
  readonly hasAll: boolean
  readonly registry: Registry
  readonly now: Date
}

/** Reads the jobs of entries, and leaves out those that do not match. @param part of the list that has the entries */
export async function matching(
  deps: FilterDeps,
  filter: JobFilter,
  entries: readonly JobEntry[],
  part?: ListPart,
): Promise<ListedJob[]> {
  const { registry, now, hasAll } = deps
  const wanted = filter.status ? [filter.status] : hasAll || !part ? undefined : failingStatuses
  const isWanted = (status: JobStatus) => !wanted || wanted.some((one) => one === status)
  const mayBe = ({ createdAt }: JobEntry, effect: Effect | undefined) => {
    if (createdAt === undefined) return true
    const status = statusOf({ createdAt }, effect, now, registry.jobs.get(effect?.type ?? ''))
    return isWanted(status) || (status === 'pending' && isWanted('scheduled'))
  }
  const named = entries.filter((entry) => isOf(filter, entry))
  const jobs = [...(await loadJobs(deps, named, mayBe)).values()]
  return jobs.filter(
    (job) =>
      !(part?.skipsWaiting && hasWaited(job)) &&
      isOf(filter, { ...(job.envelope ?? job.effect), id: idOf(job) }) &&
      isWithin(filter, listTime(job, wanted?.[0])) &&
      isWanted(statusOfListed(job, registry, now)),
  )
}

/** Whether a job may be one that the filter names, by as much as is known of it. */
function isOf({ id = '', ...filter }: JobFilter, job: Pick<JobEntry, 'id' | 'type' | 'lane'>): boolean {
  const fits = (name: 'type' | 'lane') =>
    filter[name] === undefined || job[name] === undefined || filter[name] === job[name]
  return job.id.startsWith(id) && fits('type') && fits('lane')
}

function isWithin({ since = '', until = '~' }: JobFilter, time: string): boolean {
  return since <= time && time < until
}
