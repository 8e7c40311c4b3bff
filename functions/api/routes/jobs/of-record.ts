import { type Answer, badQuery, notFound } from '../../answer.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Job } from './schemas.ts'
import { memberOf, readJob, recordOf } from './view.ts'

/** The jobs that a record names as its own. The jobs that those caused in turn are not among them: no index knows them. */
export async function jobsOfRecord(deps: ApiDeps, reference: string): Promise<Answer<{ jobs: Job[] }>> {
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
  const jobs = await Promise.all(record.jobs.map(({ id }) => readJob(store, id)))
  const found = jobs.flatMap((job) => (job ? [memberOf(job, registry, clock.now())] : []))
  return { status: 200, body: { jobs: found } }
}
