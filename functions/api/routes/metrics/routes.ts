import { type MetricName, metricsNamespace } from '../../../../shared/lib/names.ts'
import type { Point } from '../../../aws/monitor.ts'
import type { Series } from '../../../aws/series.ts'
import type { ApiDeps } from '../../deps.ts'
import { operatorRoute } from '../../route.ts'
import { aligned, type Periods, periodsOf } from '../periods.ts'
import { type LaneMetrics, type Metrics, metricsQuery, metricsView } from './schemas.ts'

/** What is counted of a lane, period by period. */
const counts = ['accepted', 'started', 'succeeded', 'retrying', 'dead'] as const satisfies MetricName[]
const percentiles = ['p50', 'p99'] as const

/** Up to three hours minute by minute; a longer time by five minutes. */
const fineSeconds = 3 * 3_600

/** How long an answer is given again, in ms. */
const cachedFor = 10_000

export const metrics = [
  operatorRoute({
    method: 'GET',
    path: '/metrics',
    access: 'viewer',
    summary: 'Count the jobs of each lane by status and period, and measure how long they took',
    query: metricsQuery,
    success: { status: 200, schema: metricsView },
    async handle({ query: { minutes } }, deps) {
      return { status: 200, body: await deps.cache(`metrics ${minutes}`, cachedFor, () => metricsOf(deps, minutes)) }
    },
  }),
]

async function metricsOf(deps: ApiDeps, minutes: number): Promise<Metrics> {
  const seconds = minutes * 60
  const periods = periodsOf(deps.clock.now(), seconds, seconds <= fineSeconds ? 60 : 300)
  const lanes = [...deps.registry.lanes.keys()]
  const series = lanes.flatMap((lane) => seriesOf(deps.monitored.service, lane, periods))
  const points = await deps.monitor.read(series, periods.since, periods.until)
  const perLane = counts.length + percentiles.length
  return {
    since: periods.since.toISOString(),
    until: periods.until.toISOString(),
    periodSeconds: periods.periodSeconds,
    lanes: lanes.map((name, i) => viewOf(name, points.slice(i * perLane, (i + 1) * perLane), periods)),
  }
}

/** The counts by period, and the percentiles of the whole time as one: they cannot be added up. */
function seriesOf(service: string, lane: string, { periodSeconds, count }: Periods): Series[] {
  const of = { namespace: metricsNamespace, dimensions: { service, lane } }
  return [
    ...counts.map((name) => ({ ...of, name, statistic: 'Sum', periodSeconds })),
    ...percentiles.map((statistic) => ({
      ...of,
      name: 'endToEndLatency' satisfies MetricName,
      statistic,
      periodSeconds: periodSeconds * count,
    })),
  ]
}

/**
 * The percentile of the whole time. AWS does not document whether a period begins with the time that is asked for or with the
 * clock. If the clock cuts the time in two, the percentile of the whole is not above that of both parts.
 */
function highest(points: readonly Point[]): number | undefined {
  return points.length > 0 ? Math.max(...points.map(({ value }) => value)) : undefined
}

function viewOf(name: string, points: readonly (readonly Point[])[], periods: Periods): LaneMetrics {
  const [accepted, started, succeeded, retrying, dead] = counts.map((_, i) => aligned(points[i] ?? [], periods))
  const [p50, p99] = percentiles.map((_, i) => highest(points[counts.length + i] ?? []))
  return {
    name,
    accepted: accepted ?? [],
    started: started ?? [],
    succeeded: succeeded ?? [],
    retrying: retrying ?? [],
    dead: dead ?? [],
    latencyMs: p50 === undefined || p99 === undefined ? undefined : { p50, p99 },
  }
}
