import { route } from '../../functions/api/route.ts'
import { probeRecord } from '../records/probe.ts'

export const probes = [
  route({
    method: 'GET',
    path: '/probes/:key',
    summary: 'What the probe jobs of a key have done',
    diagnostic: true,
    success: { status: 200, schema: probeRecord.schema },
    async answer({ records }, { params: { key = '' } }) {
      return { status: 200, body: (await records.get(probeRecord, { key })) ?? { key, count: 0, labels: [] } }
    },
  }),
]
