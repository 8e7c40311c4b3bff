import { z } from 'zod'
import { isJobId, jobId } from '../../../shared/id.ts'
import { groupOf } from '../../../shared/job.ts'
import { troublePage } from '../../../shared/trouble.ts'
import { notFound } from '../answer.ts'
import { commitRequest, readRequest, refusal, replayed } from '../create.ts'
import { troubleFilter, troublePageQuery, writeCursor } from '../cursor.ts'
import { jobReceipt, jobView, newJob, readJob, receiptOf, toRequest, viewOf } from '../jobs.ts'
import { badBody, readBody, readQuery } from '../request.ts'
import { route } from '../route.ts'

const listQuery = z.strictObject({
  status: z.enum(['retrying', 'dead']).optional(),
  ...troubleFilter,
  ...troublePageQuery,
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
      const read = readRequest(deps, request, '/jobs', body.value)
      if (!read.ok) return read.answer
      const asked = toRequest(deps.registry, body.value, read.value.now)
      if (!('job' in asked)) return badBody(asked)
      const job = { ...asked, id: jobId(read.value.id, groupOf(asked)) }
      const result = await commitRequest(deps, read.value, { jobs: [job] })
      const refused = refusal(result, 'This job exists already.')
      if (refused) return refused
      const again = result.kind === 'replayed' ? replayed : {}
      return {
        status: 202,
        body: receiptOf(job, read.value.now),
        headers: { location: `/jobs/${encodeURIComponent(job.id)}`, ...again },
      }
    },
  }),
  route({
    method: 'GET',
    path: '/jobs',
    summary: 'Jobs in trouble, oldest first; a healthy job is in no list and costs nothing for one',
    query: listQuery,
    success: { status: 200, schema: z.object({ jobs: z.array(jobView), next: z.string().optional() }) },
    async answer({ trouble, redrive, registry, clock }, { event }) {
      const query = readQuery(event, listQuery)
      if (!query.ok) return query.answer
      const { status, limit, cursor: after, ...filter } = query.value
      const states = status === undefined ? (['retrying', 'dead'] as const) : [status]
      const page = await troublePage(trouble, states, filter, { after, limit })
      const effects = new Map(page.effects.map((effect) => [effect.pk, effect]))
      const envelopes = new Map((await redrive.envelopes([...effects.keys()])).map((e) => [e.id, e]))
      const found = [...effects].flatMap(([id, effect]) => {
        const envelope = envelopes.get(id)
        return envelope ? [viewOf(envelope, effect, registry, clock.now())] : []
      })
      return { status: 200, body: { jobs: found, next: page.next && writeCursor(page.next) } }
    },
  }),
  route({
    method: 'GET',
    path: '/jobs/:id',
    summary: 'A job and how far it is',
    success: { status: 200, schema: jobView },
    errors: [404],
    async answer({ store, registry, clock }, { params: { id = '' } }) {
      const found = isJobId(id) ? await readJob(store, id) : undefined
      return found
        ? { status: 200, body: viewOf(found.envelope, found.effect, registry, clock.now()) }
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
      const read = readRequest(deps, request, '/job-batches', body.value)
      if (!read.ok) return read.answer
      const { id, now } = read.value
      const asked = body.value.jobs.map((job) => toRequest(deps.registry, job, now))
      const problems = asked.flatMap((job, i) =>
        'job' in job ? [] : job.map(({ path, message }) => ({ path: `jobs.${i}.${path}`, message })),
      )
      if (problems.length > 0) return badBody(problems)
      const requests = asked
        .filter((job) => 'job' in job)
        .map((job, i) => ({ ...job, id: jobId(deps.ids.derive(id, i), groupOf(job)) }))
      const result = await commitRequest(deps, read.value, { jobs: requests })
      const refused = refusal(result, 'These jobs exist already.')
      if (refused) return refused
      return {
        status: 202,
        body: { jobs: requests.map((job) => receiptOf(job, now)) },
        ...(result.kind === 'replayed' ? { headers: replayed } : {}),
      }
    },
  }),
]
