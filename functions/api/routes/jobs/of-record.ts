import type { z } from 'zod'
import { storedJob } from '../../../../shared/execution/stored-job.ts'
import { type Answer, badQuery, notFound } from '../../answer.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Job, jobsQuery } from './schemas.ts'
import { listedView, recordOf } from './view.ts'

/** The jobs that a record names as its own. The jobs that those caused in turn are not among them: no index knows them. */
export async function jobsOfRecord(
  deps: ApiDeps,
  { record: reference, limit, cursor, ...filter }: z.output<typeof jobsQuery>,
): Promise<Answer<{ jobs: Job[] }>> {
  const others = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (others.length > 0)
    return badQuery(
      others.map(([path]) => ({ path, message: 'cannot be combined with record: leave out one of them' })),
    )
  const { jobOwners, records, store, registry, clock } = deps
  const named = recordOf(reference, jobOwners)
  const owner = jobOwners.find(({ record }) => record.name === named?.kind)
  if (!named || !owner) {
    const kinds = jobOwners.map(({ record }) => `${record.name}/<id>`).join(', ')
    const message = kinds ? `must be one of ${kinds}` : 'this application has no records that name their jobs'
    return badQuery([{ path: 'record', message }])
  }
  const record = await records.get(owner.record, { id: named.id })
  if (!record) return notFound(`${named.kind} "${named.id}"`)
  const jobs = await Promise.all(record.jobs.map(({ id }) => storedJob(store, id)))
  const found = jobs.flatMap((job) => (job ? [listedView(job, registry, clock.now())] : []))
  return { status: 200, body: { jobs: found } }
}
