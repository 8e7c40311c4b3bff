import { probeRecord } from '../../../app/records/probe.ts'
import type { Route } from '../route.ts'

/** Only on stages that have the `probe` job. */
export const probes: readonly Route[] = [
  {
    method: 'GET',
    path: '/probes/:key',
    async answer({ records }, { params: { key = '' } }) {
      return { status: 200, body: (await records.get(probeRecord, { key })) ?? { key, count: 0, labels: [] } }
    },
  },
]
