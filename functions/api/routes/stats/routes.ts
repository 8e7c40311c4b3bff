import { failingPartitions } from '../../../../shared/recovery/failing-jobs.ts'
import { ageSeries } from '../../../aws/series.ts'
import type { ApiDeps } from '../../deps.ts'
import { operatorRoute } from '../../route.ts'
import { type LaneStats, type Stats, statsView } from './schemas.ts'

/** CloudWatch has a new age once a minute, and asks a price for each that is read. ms. */
const cachedFor = 30_000

/** How far back the last age may lie, in ms. */
const recent = 5 * 60_000

export const stats = [
  operatorRoute({
    method: 'GET',
    path: '/stats',
    access: 'viewer',
    summary: 'Count the messages of each lane and the failing jobs',
    success: { status: 200, schema: statsView },
    async handle(_, deps) {
      const [lanes, ages, jobs] = await Promise.all([
        Promise.all([...deps.registry.lanes.keys()].map(async (name) => ({ name, ...(await deps.laneDepth(name)) }))),
        deps.cache('ages', cachedFor, () => oldestAges(deps)),
        deps.cache('failing', keptFor, () => failingCounts(deps)),
      ])
      const withAges = lanes.map((depth): LaneStats => {
        const age = depth.visible + depth.inFlight > 0 ? ages.get(depth.name) : undefined
        return age === undefined ? depth : { ...depth, oldestAgeSeconds: age }
      })
      return { status: 200, body: { lanes: withAges, jobs } }
    },
  }),
]

/** How long the oldest message of each lane waits, in seconds. Without CloudWatch the rest of the answer is still worth having. */
async function oldestAges({ registry, monitor, monitored, clock }: ApiDeps): Promise<ReadonlyMap<string, number>> {
  const lanes = [...registry.lanes.values()]
  const series = lanes.map((lane) => ageSeries(monitored.service, lane))
  const now = clock.now()
  const points = await monitor.read(series, new Date(now.getTime() - recent), now).catch(() => [])
  return new Map(
    points.flatMap((of, i): [string, number][] => {
      const [name, last] = [lanes[i]?.name, of.at(-1)]
      return name !== undefined && last ? [[name, last.value]] : []
    }),
  )
}

/** A count reads every failing job, so the more there are, the longer it is kept: 1,000 for 10 s, none not at all. ms. */
function keptFor({ retrying, dead }: Stats['jobs']): number {
  return Math.min(10 * (retrying + dead), 60_000)
}

async function failingCounts(deps: ApiDeps): Promise<Stats['jobs']> {
  const [retrying, dead] = await Promise.all([countFailing(deps, 'retrying'), countFailing(deps, 'dead')])
  return { retrying, dead }
}

async function countFailing({ failing }: ApiDeps, state: 'retrying' | 'dead'): Promise<number> {
  const counts = await Promise.all(failingPartitions([state]).map((partition) => failing.count(partition)))
  return counts.reduce((sum, count) => sum + count, 0)
}
