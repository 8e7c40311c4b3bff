import { notFound, route } from 'outbox-relay/routes'
import * as z from 'zod'
import { report } from '../records/report.ts'

export const reports = [
  route({
    method: 'GET',
    path: '/reports/:id',
    access: 'viewer',
    summary: 'Get the report of a build-report job, by the id of the job',
    params: z.object({ id: z.string() }),
    success: { status: 200, schema: report.schema },
    errors: [404],
    async handle({ params: { id } }, { records }) {
      const found = await records.get(report, { id })
      if (!found) return notFound(`report "${id}" yet; GET /jobs/${id} shows the status of its job`)
      return { status: 200, body: found }
    },
  }),
]
