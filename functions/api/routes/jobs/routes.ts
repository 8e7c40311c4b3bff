import * as z from 'zod'
import { effectOf } from '../../../../shared/execution/effect/lives.ts'
import { isJobId } from '../../../../shared/lib/id.ts'
import { failingPage } from '../../../../shared/recovery/failing-jobs.ts'
import { notFound } from '../../answer.ts'
import { readRequest } from '../../create.ts'
import { failingFilter, failingPageQuery, failingPlace, readFailingPlace, readPage } from '../../cursor.ts'
import { readBody } from '../../request.ts'
import { route } from '../../route.ts'
import { jobsOfRecord } from './of-record.ts'
import { postJobs } from './post.ts'
import { detailOf, expiredView, jobDetail, jobReceipt, jobView, newJob, readJob, viewOf } from './view.ts'

const listQuery = z.strictObject({
  /** `order/0198…`: the jobs that were written with this record, whatever their status. */
  record: z.string().min(3).max(500).optional(),
  status: z.enum(['retrying', 'dead']).optional(),
  ...failingFilter,
  ...failingPageQuery,
})

export const jobs = [
  route({
    method: 'POST',
    path: '/jobs',
    summary: 'Write a job to the outbox',
    body: newJob,
    success: { status: 202, schema: jobReceipt, idempotent: true },
    errors: [422],
    async answer(deps, request) {
      const body = readBody(request.event, newJob)
      if (!body.ok) return body.answer
      const read = readRequest(deps, request, '/jobs')
      if (!read.ok) return read.answer
      const asked = { job: body.value, id: read.value.id, path: '' }
      const posted = await postJobs(deps, read.value, [asked], 'This job exists already.')
      if (!posted.ok) return posted.answer
      const [receipt] = posted.receipts
      const location = `/jobs/${encodeURIComponent(receipt?.id ?? '')}`
      return { status: 202, body: receipt, headers: { location, ...posted.headers } }
    },
  }),
  route({
    method: 'GET',
    path: '/jobs',
    summary:
      'Failing jobs, oldest first, or those that a record caused; a healthy job is in no other list and costs nothing for one',
    query: listQuery,
    success: { status: 200, schema: z.object({ jobs: z.array(jobView), next: z.string().optional() }) },
    errors: [404],
    async answer(deps, { event }) {
      const { failing, redrive, registry, clock } = deps
      const asked = readPage(event, listQuery)
      if (!asked.ok) return asked.answer
      const { status, record, ...filter } = asked.value.filter
      if (record !== undefined) return jobsOfRecord(deps, record)
      const { limit, after: place } = asked.value
      const after = place === undefined ? undefined : readFailingPlace(place)
      const states = status === undefined ? (['retrying', 'dead'] as const) : [status]
      const page = await failingPage(failing, states, filter, { after, limit })
      const ids = page.effects.map(({ pk }) => pk)
      const envelopes = new Map((await redrive.envelopes(ids)).map((envelope) => [envelope.id, envelope]))
      const found = page.effects.flatMap((effect) => {
        const envelope = envelopes.get(effect.pk)
        if (!envelope) return [expiredView(effect, registry)]
        // An id that was used again: what failed in its former life is no longer a job.
        return effectOf(envelope, effect) ? [viewOf(envelope, effect, registry, clock.now())] : []
      })
      return { status: 200, body: { jobs: found, next: asked.value.next(page.next && failingPlace(page.next)) } }
    },
  }),
  route({
    method: 'GET',
    path: '/jobs/:id',
    summary: 'A job and how far it is',
    success: { status: 200, schema: jobDetail },
    errors: [404],
    async answer(deps, { params: { id = '' } }) {
      const found = isJobId(id) ? await readJob(deps.store, id) : undefined
      return found
        ? { status: 200, body: detailOf(deps, found) }
        : notFound(`job "${id}", or it ended more than 30 days ago`)
    },
  }),
]

const batch = z.strictObject({ jobs: z.array(newJob).min(1).max(100) })

export const jobBatches = [
  route({
    method: 'POST',
    path: '/job-batches',
    summary: 'Write 1 to 100 jobs, all or nothing',
    body: batch,
    success: { status: 202, schema: z.object({ jobs: z.array(jobReceipt) }), idempotent: true },
    errors: [422],
    async answer(deps, request) {
      const body = readBody(request.event, batch)
      if (!body.ok) return body.answer
      const read = readRequest(deps, request, '/job-batches')
      if (!read.ok) return read.answer
      const { id } = read.value
      const asked = body.value.jobs.map((job, i) => ({ job, id: deps.ids.derive(id, i), path: `jobs.${i}.` }))
      const posted = await postJobs(deps, read.value, asked, 'These jobs exist already.')
      return posted.ok ? { status: 202, body: { jobs: posted.receipts }, headers: posted.headers } : posted.answer
    },
  }),
]
