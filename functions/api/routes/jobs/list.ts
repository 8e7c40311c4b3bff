/** The list of jobs, newest first. */
import type { z } from 'zod'
import { shown } from '../../../../shared/define/options.ts'
import type { Problem } from '../../../../shared/outbox/job-problem.ts'
import type { ListedJob } from '../../../../shared/recovery/job-list/listed-job.ts'
import { alwaysListed, failingStatuses, needsJobIndex } from '../../../../shared/recovery/job-list/parts.ts'
import { jobPage, type ListPlace } from '../../../../shared/recovery/job-list.ts'
import { type Answer, badQuery } from '../../answer.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Page } from '../../page.ts'
import type { Job, Jobs, jobsQuery } from './schemas.ts'
import { expiredView, listedView } from './view.ts'

type Query = z.output<typeof jobsQuery>

export async function listJobs(deps: ApiDeps, query: Query, page: Page): Promise<Answer<Jobs>> {
  const problems = problemsOf(deps, query)
  if (problems.length > 0) return badQuery(problems)
  const { listing, registry, clock } = deps
  const { record, limit, cursor, ...filter } = query
  const now = clock.now()
  const found = await jobPage({ ...listing, registry, now }, filter, { after: readPlace(page.after), limit })
  const isPartial = !listing.hasAll && query.status === undefined && query.id === undefined
  return {
    status: 200,
    body: {
      jobs: found.jobs.map((job) => viewOfListed(job, deps, now)),
      next: page.next(found.next && placeText(found.next)),
      statuses: isPartial ? failingStatuses : undefined,
    },
  }
}

function viewOfListed({ envelope, effect }: ListedJob, { registry }: ApiDeps, now: Date): Job {
  return envelope ? listedView({ envelope, effect }, registry, now) : expiredView(effect, registry)
}

function problemsOf({ registry, listing }: ApiDeps, { type, lane, status, since, until }: Query): Problem[] {
  const [types, lanes] = [[...registry.jobs.keys()], [...registry.lanes.keys()]]
  const unknown = (path: string, value: string | undefined, what: string, known: readonly string[]) =>
    value === undefined || known.includes(value)
      ? []
      : [{ path, message: `${shown(value)} is not a ${what} (known: ${known.join(', ')})` }]
  const isBackwards = since !== undefined && until !== undefined && since >= until
  return [
    ...unknown('type', type, 'job type', types),
    ...unknown('lane', lane, 'lane', lanes),
    ...(isBackwards ? [{ path: 'until', message: 'must be after since' }] : []),
    ...(needsJobIndex(status) && !listing.hasAll ? [{ path: 'status', message: withoutIndex(String(status)) }] : []),
  ]
}

function withoutIndex(status: string): string {
  return `"${status}" needs the index of all jobs, which this stage does not have: set jobIndex to true and deploy. Without it, jobs are listed that are ${alwaysListed.join(', ')}`
}

function placeText({ part, partition, at, id }: ListPlace): string {
  return JSON.stringify([part, partition, at, id])
}

function readPlace(text: string | undefined): ListPlace | undefined {
  if (text === undefined) return undefined
  const [part, partition, at, id] = JSON.parse(text) as [number, number, string, string]
  return { part, partition, at, id }
}
