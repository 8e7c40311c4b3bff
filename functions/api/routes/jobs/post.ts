/** Jobs that a caller asks for: all of them checked, then all written, or none. A repetition gets the first answer. */
import type { z } from 'zod'
import { command, type Request } from '../../../../shared/define/command.ts'
import { groupOf, type JobRequest } from '../../../../shared/define/job.ts'
import { jobId, outboxKey } from '../../../../shared/lib/id.ts'
import type { Item } from '../../../../shared/lib/write.ts'
import type { Problem } from '../../../../shared/outbox/job-problem.ts'
import { isProof, markKey, matchOf } from '../../../../shared/outbox/request-mark.ts'
import type { Answer } from '../../answer.ts'
import { refusal, replayed } from '../../create.ts'
import type { ApiDeps } from '../../deps.ts'
import { badBody } from '../../request.ts'
import { type jobReceipt, type NewJob, receiptOf, toRequest } from './view.ts'

/** One asked-for job: its id but for the group, and where it stands in the body. */
export interface Asked {
  readonly job: NewJob
  readonly id: string
  readonly path: string
}

export type Posted =
  | {
      readonly ok: true
      readonly receipts: readonly z.infer<typeof jobReceipt>[]
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly ok: false; readonly answer: Answer }

/** Writes the jobs of a request, at most once per idempotency key. */
export async function postJobs(
  deps: ApiDeps,
  request: Request,
  asked: readonly Asked[],
  conflict: string,
): Promise<Posted> {
  const { jobs, problems } = wanted(deps, asked, request.now)
  if (problems.length > 0) {
    // What was right when it was accepted may be wrong by now: a time that has passed since.
    const first = await acceptedBefore(deps, request, asked)
    return (first && again(deps, asked, first)) ?? { ok: false, answer: badBody(problems) }
  }
  const result = await command(deps, request, { jobs })
  const refused = refusal(result, conflict)
  if (refused) return { ok: false, answer: refused }
  const before = result.kind === 'replayed' ? again(deps, asked, result.item) : undefined
  return before ?? { ok: true, receipts: jobs.map((job) => receiptOf(job, request.now)), headers: {} }
}

/** The jobs as of a moment, and what is wrong with them. */
function wanted({ registry }: ApiDeps, asked: readonly Asked[], now: Date) {
  const jobs: (JobRequest & { id: string })[] = []
  const problems: Problem[] = []
  for (const { job, id, path } of asked) {
    const request = toRequest(registry, job, now)
    if ('job' in request) jobs.push({ ...request, id: jobId(id, groupOf(request)) })
    else problems.push(...request.map((problem) => ({ ...problem, path: path + problem.path })))
  }
  return { jobs, problems }
}

/** The answer that was given when the jobs were written. */
function again(deps: ApiDeps, asked: readonly Asked[], before: Item): Posted | undefined {
  const then = new Date(String(before.createdAt))
  const { jobs, problems } = wanted(deps, asked, then)
  return problems.length > 0
    ? undefined
    : { ok: true, receipts: jobs.map((job) => receiptOf(job, then)), headers: replayed }
}

/** What tells when these jobs were written, if the same body was accepted before under the same key. */
async function acceptedBefore(
  deps: ApiDeps,
  { id, fingerprint }: Request,
  asked: readonly Asked[],
): Promise<Item | undefined> {
  if (fingerprint === undefined) return undefined
  const isSame = (item: Item | undefined) => matchOf(item, { id, fingerprint }) === 'same'
  const mark = await deps.store.get('records', markKey(id))
  if (!mark || !isSame(mark)) return undefined
  if (isProof(mark)) return mark
  const [first] = wanted(deps, asked, new Date(String(mark.createdAt))).jobs
  const item = first && (await deps.store.get('outbox', outboxKey(first.id)))
  return isSame(item) ? item : undefined
}
