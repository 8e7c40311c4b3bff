import { type Answer, notFound, problem } from '../../answer.ts'
import type { ApiDeps } from '../../deps.ts'
import { readJob, recordOf, viewOf } from './view.ts'

/** The jobs that a record names as its own. What those caused in turn is not among them: no index knows it. */
export async function jobsOfRecord(deps: ApiDeps, reference: string): Promise<Answer> {
  const { anchors, records, store, registry, clock } = deps
  const named = recordOf(reference, anchors)
  const anchor = anchors.find(({ record }) => record.name === named?.kind)
  if (!named || !anchor) {
    const kinds = anchors.map(({ record }) => `${record.name}/<id>`).join(', ')
    const message = kinds ? `must be one of ${kinds}` : 'this application has no records that name their jobs'
    return problem(422, 'The query does not fit: see errors.', [{ path: 'record', message }])
  }
  const record = await records.get(anchor.record, { id: named.id })
  if (!record) return notFound(`${named.kind} "${named.id}"`)
  const jobs = await Promise.all(record.jobs.map(({ id }) => readJob(store, id)))
  const found = jobs.flatMap((job) => (job ? [viewOf(job.envelope, job.effect, registry, clock.now())] : []))
  return { status: 200, body: { jobs: found } }
}
