/** Batches and members that a caller asks for. */
import { addToBatch, type BatchCallback, batch } from '../../../../shared/define/batch.ts'
import { shown } from '../../../../shared/define/options.ts'
import type { Registry } from '../../../../shared/define/registry.ts'
import type { CommandRequest } from '../../../../shared/outbox/commit-request.ts'
import type { Problem } from '../../../../shared/outbox/job-problem.ts'
import type { ApiDeps } from '../../deps.ts'
import { type Posted, postJobs, type WantedJob } from '../jobs/post.ts'
import type { NewJob } from '../jobs/schemas.ts'
import type { NewBatch, NewCallback } from './schemas.ts'

/** The id of the batch that a request creates. */
export function newBatchId({ ids }: Pick<ApiDeps, 'ids'>, request: Pick<CommandRequest, 'id'>): string {
  return ids.derive(request.id, 'batch', 0)
}

/** Creates a batch, at most once per idempotency key. */
export async function postBatch(deps: ApiDeps, request: CommandRequest, body: NewBatch): Promise<Posted> {
  const { jobs = [], open, ...events } = body
  const onFinished = callbackOf(deps.registry, 'onFinished', events.onFinished)
  const onSucceeded = callbackOf(deps.registry, 'onSucceeded', events.onSucceeded)
  const problems = [onFinished, onSucceeded].flatMap((found) => found?.problem ?? [])
  if (problems.length > 0) return { kind: 'invalid', problems }
  const callbacks = { onFinished: onFinished?.callback, onSucceeded: onSucceeded?.callback }
  return postJobs(deps, request, wantedOf(deps, request, jobs), (members) => ({
    batches: [batch({ jobs: members, open, ...callbacks })],
  }))
}

/** Adds members to an open batch, at most once per idempotency key. */
export function postMembers(
  deps: ApiDeps,
  request: CommandRequest,
  id: string,
  jobs: readonly NewJob[],
): Promise<Posted> {
  return postJobs(deps, request, wantedOf(deps, request, jobs), (members) => ({ batches: [addToBatch(id, members)] }))
}

/** The jobs with the ids that they would get anyway, so that the batch need not store these. */
function wantedOf({ ids }: ApiDeps, { id }: CommandRequest, jobs: readonly NewJob[]): WantedJob[] {
  return jobs.map((job, i) => ({ job, id: ids.derive(id, 'job', i), path: `jobs.${i}.` }))
}

type Callback =
  | { readonly callback: BatchCallback; readonly problem?: undefined }
  | { readonly problem: Problem; readonly callback?: undefined }

function callbackOf({ jobs }: Registry, event: string, wanted: NewCallback | undefined): Callback | undefined {
  if (!wanted) return undefined
  const { type, payload, ...options } = wanted
  const job = jobs.get(type)
  if (!job) {
    const known = [...jobs.keys()].join(', ')
    return { problem: { path: `${event}.type`, message: `${shown(type)} is not a job type (known: ${known})` } }
  }
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  if (!isObject) {
    const message = `is ${shown(payload)}; it must be an object, to which the counts are added as "batch"`
    return { problem: { path: `${event}.payload`, message } }
  }
  return { callback: { job, payload, ...options } }
}
