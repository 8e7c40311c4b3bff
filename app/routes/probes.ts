import { route } from 'outbox-relay/routes'
import * as z from 'zod'
import { probeRecord } from '../records/probe.ts'

export const probes = [
  route({
    method: 'GET',
    path: '/probes/:key',
    access: 'viewer',
    summary: 'Get what the probe jobs of a key have done',
    diagnostic: true,
    params: z.object({ key: z.string() }),
    success: { status: 200, schema: probeRecord.schema },
    async handle({ params: { key } }, { records }) {
      return { status: 200, body: (await records.get(probeRecord, { key })) ?? { key, count: 0, labels: [] } }
    },
  }),
]
