import { probeRecord } from '../../../app/records/probe.ts'
import { route } from '../route.ts'

/** Only on stages that have the `probe` job. */
export const probes = [
  route({
    method: 'GET',
    path: '/probes/:key',
    summary: 'What the probe jobs of a key have done',
    success: { status: 200, schema: probeRecord.schema },
    async answer({ records }, { params: { key = '' } }) {
      return { status: 200, body: (await records.get(probeRecord, { key })) ?? { key, count: 0, labels: [] } }
    },
  }),
]
