import { z } from 'zod'
import { isJobId, jobId } from '../../../shared/id.ts'
import { groupOf, type JobRequest } from '../../../shared/job.ts'
import { jobProblems } from '../../../shared/job-problem.ts'
import { type Answer, notFound, problem } from '../answer.ts'
import { commitRequest, readRequest, refusal, replayed } from '../create.ts'
import type { ApiDeps } from '../deps.ts'
import { readJob, viewOf } from '../job-view.ts'
import { readBody } from '../request.ts'
import type { Route } from '../route.ts'

export const newJob = z
  .strictObject({
    type: z.string(),
    payload: z.unknown(),
    delaySeconds: z.number().min(0).optional(),
    runAt: z.iso.datetime({ offset: true }).optional(),
    lane: z.string().optional(),
    group: z.string().optional(),
    tenant: z.string().optional(),
  })
  .refine((job) => job.delaySeconds === undefined || job.runAt === undefined, {
    path: ['runAt'],
    message: 'give delaySeconds or runAt, not both',
  })

/** The job that is asked for, or why it cannot be. */
export function toRequest(deps: ApiDeps, asked: z.infer<typeof newJob>, now: Date): JobRequest | Answer {
  const job = deps.registry.jobs.get(asked.type)
  if (!job) {
    return problem(422, 'The body does not fit: see errors.', [
      {
        path: 'type',
        message: `"${asked.type}" is no job type; there are ${[...deps.registry.jobs.keys()].join(', ')}`,
      },
    ])
  }
  const runAt = asked.runAt ?? (asked.delaySeconds ? new Date(now.getTime() + asked.delaySeconds * 1000) : undefined)
  const { lane, group, tenant, payload } = asked
  const request: JobRequest = {
    job,
    payload,
    ...(lane === undefined ? {} : { lane }),
    ...(group === undefined ? {} : { group }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(runAt === undefined ? {} : { runAt: new Date(runAt) }),
  }
  const problems = jobProblems(request, deps.registry, now)
  return problems.length > 0 ? problem(422, 'The body does not fit: see errors.', problems) : request
}

export const jobs: readonly Route[] = [
  {
    method: 'POST',
    path: '/jobs',
    async answer(deps, request) {
      const body = readBody(request.event, newJob)
      if (!body.ok) return body.answer
      const read = readRequest(deps, request, '/jobs', body.value)
      if (!read.ok) return read.answer
      const asked = toRequest(deps, body.value, read.value.now)
      if ('status' in asked) return asked
      const job = { ...asked, id: jobId(read.value.id, groupOf(asked)) }
      const result = await commitRequest(deps, read.value, { jobs: [job] })
      const refused = refusal(result, 'This job exists already.')
      if (refused) return refused
      const scheduled = job.runAt !== undefined && job.runAt > read.value.now
      return {
        status: 202,
        body: { id: job.id, type: job.job.type, status: scheduled ? 'scheduled' : 'pending' },
        headers: {
          location: `/jobs/${encodeURIComponent(job.id)}`,
          ...(result.kind === 'replayed' ? replayed : {}),
        },
      }
    },
  },
  {
    method: 'GET',
    path: '/jobs/:id',
    async answer({ store, registry, clock }, { params: { id = '' } }) {
      const found = isJobId(id) ? await readJob(store, id) : undefined
      return found
        ? { status: 200, body: viewOf(found.envelope, found.effect, registry, clock.now()) }
        : notFound(`job "${id}", or it is older than 30 days`)
    },
  },
]
