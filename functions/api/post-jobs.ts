/** Jobs that a caller asks for: all of them checked, then all written, or none. A repetition gets the first answer. */
import type { z } from 'zod'
import { command, type Request } from '../../shared/command.ts'
import { isJobId, jobId, outboxKey } from '../../shared/id.ts'
import { groupOf, type JobRequest } from '../../shared/job.ts'
import type { Problem } from '../../shared/job-problem.ts'
import type { Item } from '../../shared/write.ts'
import type { Answer } from './answer.ts'
import { refusal, replayed } from './create.ts'
import type { ApiDeps } from './deps.ts'
import { type jobReceipt, type NewJob, receiptOf, toRequest } from './jobs.ts'
import { badBody } from './request.ts'

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

/** Writes the jobs of a request, the first of which is the anchor of its idempotency key. */
export async function postJobs(
  deps: ApiDeps,
  request: Request,
  asked: readonly Asked[],
  conflict: string,
): Promise<Posted> {
  const { jobs, problems } = wanted(deps, asked, request.now)
  if (problems.length > 0) {
    // What was right when it was accepted may be wrong by now: a time that has passed since.
    const first = await acceptedBefore(deps, request, asked[0])
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

/** The answer that was given when the first job was written. */
function again(deps: ApiDeps, asked: readonly Asked[], first: Item): Posted | undefined {
  const then = new Date(String(first.createdAt))
  const { jobs, problems } = wanted(deps, asked, then)
  return problems.length > 0
    ? undefined
    : { ok: true, receipts: jobs.map((job) => receiptOf(job, then)), headers: replayed }
}

/** The outbox item of the first job, if the same body was accepted before under the same key. */
async function acceptedBefore(
  { store, registry }: ApiDeps,
  { fingerprint }: Request,
  first: Asked | undefined,
): Promise<Item | undefined> {
  const job = first && registry.jobs.get(first.job.type)
  if (fingerprint === undefined || !job) return undefined
  const { payload, group } = first.job
  const id = jobId(first.id, groupOf({ job, payload, ...(group === undefined ? {} : { group }) }))
  const item = isJobId(id) ? await store.get('outbox', outboxKey(id)) : undefined
  return item?.fingerprint === fingerprint ? item : undefined
}
