import * as z from 'zod'
import { troublePartitions } from '../../../shared/trouble.ts'
import type { ApiDeps } from '../deps.ts'
import { route } from '../route.ts'

const lane = z.object({
  name: z.string(),
  visible: z.int(),
  inFlight: z.int(),
  delayed: z.int(),
  dead: z.int(),
  oldestAgeSeconds: z.number().optional(),
})

export const stats = [
  route({
    method: 'GET',
    path: '/stats',
    summary: 'How full the lanes are, and how many jobs are in trouble',
    success: {
      status: 200,
      schema: z.object({ lanes: z.array(lane), jobs: z.object({ retrying: z.int(), dead: z.int() }) }),
    },
    async answer(deps) {
      const [lanes, retrying, dead] = await Promise.all([
        Promise.all([...deps.registry.lanes.keys()].map(async (name) => ({ name, ...(await deps.laneDepth(name)) }))),
        inTrouble(deps, 'retrying'),
        inTrouble(deps, 'dead'),
      ])
      return { status: 200, body: { lanes, jobs: { retrying, dead } } }
    },
  }),
]

async function inTrouble({ trouble }: ApiDeps, state: 'retrying' | 'dead'): Promise<number> {
  const counts = await Promise.all(troublePartitions([state]).map((partition) => trouble.count(partition)))
  return counts.reduce((sum, count) => sum + count, 0)
}
