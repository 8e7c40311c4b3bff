/**
 * The list of jobs: a page of it, newest first. A status is stored nowhere, so it is derived from what is read of each job. What
 * no index knows is compared with what was read: such a page may be short, or empty, and yet not be the last.
 */
import { isJobId } from '../lib/id.ts'
import { type FilterDeps, type JobFilter, matching } from './job-list/filter.ts'
import { idOf, type ListedJob } from './job-list/listed-job.ts'
import { type JobIndexes, newestFirst, type PartPlace } from './job-list/newest-first.ts'
import { partsOf } from './job-list/parts.ts'

export interface JobListDeps extends FilterDeps {
  readonly indexes: JobIndexes
}

/** A place in the list: just after an entry of one of its parts. */
export interface ListPlace extends PartPlace {
  readonly part: number
}

export interface JobPage {
  readonly jobs: readonly ListedJob[]
  /** The start of the next page; absent at the end. */
  readonly next?: ListPlace
}

/** Most entries that one page looks at in search of jobs that match. */
export const mostRead = 1_000
/** Most jobs that are read together, unless the page is longer. */
const mostAtOnce = 100
/** Where a page ends early, in bytes of its items: an answer of a function has 6 MB at most. */
const mostBytes = 4_000_000

/** A page of the list. The status must be one that the stage lists (`needsJobIndex`). */
export async function jobPage(
  deps: JobListDeps,
  filter: JobFilter,
  { after, limit }: { readonly after?: ListPlace; readonly limit: number },
): Promise<JobPage> {
  if (filter.id !== undefined && isJobId(filter.id))
    return { jobs: await matching(deps, filter, [{ id: filter.id, at: '' }]) }
  const jobs: ListedJob[] = []
  let [read, bytes] = [0, 0]
  let next: ListPlace | undefined
  for await (const { place, job } of looked(deps, filter, after, limit)) {
    const isTooLarge = job !== undefined && jobs.length > 0 && bytes + job.bytes > mostBytes
    // Only now: a page has a next one if there is an entry after it.
    if (jobs.length === limit || read === mostRead || isTooLarge) return { jobs, next }
    read++
    next = place
    if (job) jobs.push(job)
    bytes += job?.bytes ?? 0
  }
  return { jobs }
}

/** The entries of the list from a place on, and those of their jobs that match. */
async function* looked(
  deps: JobListDeps,
  filter: JobFilter,
  after: ListPlace | undefined,
  limit: number,
): AsyncGenerator<{ readonly place: ListPlace; readonly job: ListedJob | undefined }> {
  const seen = new Set<string>()
  for (const [n, part] of partsOf(filter.status, filter, deps.hasAll, deps.now).entries()) {
    if (n < (after?.part ?? 0)) continue
    const step = Math.min(100, Math.max(10, Math.ceil((1.5 * limit) / part.partitions.length)))
    const entries = newestFirst(deps.indexes, part, n === after?.part ? after : undefined, step)
    for await (const batch of batches(entries, limit + 1)) {
      const jobs = await matching(
        deps,
        filter,
        batch.map(({ entry }) => entry),
        part,
      )
      const byId = new Map(jobs.map((job) => [idOf(job), job]))
      for (const { entry, place } of batch) {
        const job = seen.has(entry.id) ? undefined : byId.get(entry.id)
        seen.add(entry.id)
        yield { place: { ...place, part: n }, job }
      }
    }
  }
}

/** Cuts into batches: where few jobs match, more are looked at together. */
async function* batches<T>(all: AsyncIterable<T>, first: number): AsyncGenerator<readonly T[]> {
  let [batch, size] = [[] as T[], first]
  for await (const one of all) {
    batch.push(one)
    if (batch.length < size) continue
    yield batch
    size = Math.min(mostAtOnce, size * 2)
    batch = []
  }
  if (batch.length > 0) yield batch
}
