import { effectOf } from '../../../../shared/execution/effect/lives.ts'
import { type FailingPage, failingPage } from '../../../../shared/recovery/failing-jobs.ts'
import { badBody, notFound } from '../../answer.ts'
import type { ApiDeps } from '../../deps.ts'
import { accepted, refusal } from '../../result-answer.ts'
import { operatorRoute } from '../../route.ts'
import { failingPlace, readFailingPlace } from '../failing-place.ts'
import { endedJob } from './end.ts'
import { jobsOfRecord } from './of-record.ts'
import { type Posted, postJobs } from './post.ts'
import {
  type Job,
  jobBatchReceipt,
  jobDetail,
  jobList,
  jobParams,
  jobQuery,
  jobReceipt,
  jobsQuery,
  newJob,
  newJobBatch,
} from './schemas.ts'
import { detailOf, expiredView, memberOf, readJob } from './view.ts'
import { waitOf } from './wait.ts'

export const jobs = [
  operatorRoute({
    method: 'POST',
    path: '/jobs',
    access: 'operator',
    summary: 'Create a job',
    body: newJob,
    // 200: the job is unique, and stood already.
    success: { status: 202, orStatus: 200, schema: jobReceipt, idempotent: true },
    errors: [422],
    async handle(request, services) {
      const posted = await postJobs(services, request, [{ job: request.body, id: request.id, path: '' }])
      if (!('receipts' in posted)) return notPosted(posted, 'This job exists already.')
      const [receipt] = posted.receipts as [(typeof posted.receipts)[0]]
      const answer = accepted(posted.kind, receipt, { location: `/jobs/${encodeURIComponent(receipt.id)}` })
      return receipt.merged ? { ...answer, status: 200 } : answer
    },
  }),
  operatorRoute({
    method: 'GET',
    path: '/jobs',
    access: 'viewer',
    summary: 'List retrying and dead jobs, oldest first, or the jobs that were created with one record',
    query: jobsQuery,
    success: { status: 200, schema: jobList },
    errors: [404],
    async handle({ query: { record, status, limit, cursor, ...filter }, page }, services) {
      if (record !== undefined) return jobsOfRecord(services, record)
      const states = status === undefined ? (['retrying', 'dead'] as const) : [status]
      const after = readFailingPlace(page.after)
      const found = await failingPage(services.failing, states, filter, { after, limit })
      return { status: 200, body: { jobs: await viewsOf(services, found), next: page.next(failingPlace(found.next)) } }
    },
  }),
  operatorRoute({
    method: 'GET',
    path: '/jobs/:id',
    access: 'viewer',
    summary: 'Get a job and its status, or wait up to 20 s for its end',
    params: jobParams,
    query: jobQuery,
    success: { status: 200, schema: jobDetail },
    errors: [404],
    async handle({ params: { id }, query }, services) {
      const read = await readJob(services.store, id)
      const found = read && (await endedJob(services, read, query.wait))
      if (!found) return notFound(`job "${id}", or it ended more than 30 days ago`)
      const wait = await waitOf(services, found, services.clock.now())
      return { status: 200, body: { ...detailOf(services, found), ...wait } }
    },
  }),
]

export const jobBatches = [
  operatorRoute({
    method: 'POST',
    path: '/job-batches',
    access: 'operator',
    summary: 'Create 1 to 100 jobs, all or nothing',
    body: newJobBatch,
    success: { status: 202, schema: jobBatchReceipt, idempotent: true },
    errors: [422],
    async handle(request, services) {
      const idOf = (i: number) => services.ids.derive(request.id, i)
      const wanted = request.body.jobs.map((job, i) => ({ job, id: idOf(i), path: `jobs.${i}.` }))
      const posted = await postJobs(services, request, wanted)
      if (!('receipts' in posted)) return notPosted(posted, 'These jobs exist already.')
      return accepted(posted.kind, { jobs: posted.receipts })
    },
  }),
]

function notPosted(posted: Exclude<Posted, { receipts: unknown }>, conflict: string) {
  return posted.kind === 'invalid' ? badBody(posted.problems) : refusal(posted, conflict)
}

/** The jobs of a page of effects. */
async function viewsOf({ envelopes, registry, clock }: ApiDeps, { effects }: FailingPage): Promise<Job[]> {
  const found = await envelopes(effects.map(({ pk }) => pk))
  const byId = new Map(found.map((envelope) => [envelope.id, envelope]))
  return effects.flatMap((effect) => {
    const envelope = byId.get(effect.pk)
    if (!envelope) return [expiredView(effect, registry)]
    // An id that was used again: what failed in its former life is no longer a job.
    return effectOf(envelope, effect) ? [memberOf({ envelope, effect }, registry, clock.now())] : []
  })
}
