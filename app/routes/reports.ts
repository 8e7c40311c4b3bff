import { notFound } from '../../functions/api/answer.ts'
import { route } from '../../functions/api/route.ts'
import { report } from '../records/report.ts'

export const reports = [
  route({
    method: 'GET',
    path: '/reports/:id',
    summary: 'What a build-report job found, by the id of the job',
    success: { status: 200, schema: report.schema },
    errors: [404],
    async answer({ records }, { params: { id = '' } }) {
      const found = await records.get(report, { id })
      return found
        ? { status: 200, body: found }
        : notFound(`report "${id}" yet; GET /jobs/${id} tells how far its job is`)
    },
  }),
]
