/** Jobs that a caller asks for: all of them checked, then all written, or none. A retry gets the first answer. */
import { groupOf, type JobRequest } from '../../../../shared/define/job.ts'
import { jobId, outboxKey } from '../../../../shared/lib/id.ts'
import type { Item } from '../../../../shared/lib/write.ts'
import type { Change } from '../../../../shared/outbox/change.ts'
import type { NotCommitted } from '../../../../shared/outbox/command-result.ts'
import { type CommandRequest, commitRequest } from '../../../../shared/outbox/commit-request.ts'
import type { Problem } from '../../../../shared/outbox/job-problem.ts'
import { isProof, markKey, matchOf, mergedOf } from '../../../../shared/outbox/request-mark.ts'
import type { ApiDeps } from '../../deps.ts'
import type { JobReceipt, NewJob } from './schemas.ts'
import { receiptOf, toRequest } from './view.ts'

/** One job that a caller asks for. */
export interface WantedJob {
  readonly job: NewJob
  /** Its id, without its group. */
  readonly id: string
  /** Its path in the body. */
  readonly path: string
}

export type Posted =
  | { readonly kind: 'committed' | 'replayed'; readonly receipts: JobReceipt[] }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | NotCommitted

/**
 * Writes the jobs of a request, at most once per idempotency key.
 *
 * @param changeOf the change that has the jobs. @default - nothing but them
 */
export async function postJobs(
  deps: ApiDeps,
  request: CommandRequest,
  wanted: readonly WantedJob[],
  changeOf: (jobs: readonly JobRequest[]) => Change = (jobs) => ({ jobs }),
): Promise<Posted> {
  const { jobs, problems } = checkedJobs(deps, wanted, request.now)
  if (problems.length > 0) {
    // What was right when it was accepted may be wrong by now: a time that has passed since.
    const first = await acceptedBefore(deps, request, wanted)
    return (first && replayed(deps, wanted, first)) ?? { kind: 'invalid', problems }
  }
  const result = await commitRequest(deps, request, changeOf(jobs))
  if (result.kind !== 'committed' && result.kind !== 'replayed') return result
  const before = result.kind === 'replayed' ? replayed(deps, wanted, result.item) : undefined
  return (
    before ?? {
      kind: 'committed',
      receipts: (result.kind === 'committed' ? result.jobs : jobs).map((job) => receiptOf(job, request.now)),
    }
  )
}

/** The jobs as of a moment, and what is wrong with them. */
function checkedJobs({ registry }: ApiDeps, wanted: readonly WantedJob[], now: Date) {
  const jobs: (JobRequest & { id: string })[] = []
  const problems: Problem[] = []
  for (const { job, id, path } of wanted) {
    const request = toRequest(registry, job, now)
    if ('job' in request) jobs.push({ ...request, id: jobId(id, groupOf(request)) })
    else problems.push(...request.map((problem) => ({ ...problem, path: path + problem.path })))
  }
  return { jobs, problems }
}

/** The answer that was given when the jobs were written. */
function replayed(deps: ApiDeps, wanted: readonly WantedJob[], before: Item): Posted | undefined {
  const then = new Date(String(before.createdAt))
  const { jobs, problems } = checkedJobs(deps, wanted, then)
  if (problems.length > 0) return undefined
  const merged = new Map(mergedOf(before).map(({ job, id, status }) => [job, { id, status, merged: true as const }]))
  return { kind: 'replayed', receipts: jobs.map((job, i) => receiptOf({ ...job, ...merged.get(i) }, then)) }
}

/** The item that says when these jobs were written, if the same body was accepted before under the same key. */
async function acceptedBefore(
  deps: ApiDeps,
  { id, fingerprint }: CommandRequest,
  wanted: readonly WantedJob[],
): Promise<Item | undefined> {
  if (fingerprint === undefined) return undefined
  const isSame = (item: Item | undefined) => matchOf(item, { id, fingerprint }) === 'same'
  const mark = await deps.store.get('records', markKey(id))
  if (!mark || !isSame(mark)) return undefined
  if (isProof(mark)) return mark
  const [first] = checkedJobs(deps, wanted, new Date(String(mark.createdAt))).jobs
  const item = first && (await deps.store.get('outbox', outboxKey(first.id)))
  return isSame(item) ? item : undefined
}
