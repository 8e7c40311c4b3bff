import { metricsNamespace } from '../../../../shared/lib/names.ts'
import { prices } from '../../../../shared/lib/prices.ts'
import type { Series } from '../../../aws/series.ts'
import type { ApiDeps } from '../../deps.ts'
import { operatorRoute } from '../../route.ts'
import { periodsOf } from '../periods.ts'
import { type Usage, usageQuery, usageView } from './schemas.ts'
import { costs, usdTotal } from './usage.ts'

/** How long an answer is given again, in ms. */
const cachedFor = 60_000

export const usage = [
  operatorRoute({
    method: 'GET',
    path: '/usage',
    access: 'viewer',
    summary: 'Show what the stack used of AWS, and its cost at list prices',
    query: usageQuery,
    success: { status: 200, schema: usageView },
    async handle({ query: { hours } }, deps) {
      return { status: 200, body: await deps.cache(`usage ${hours}`, cachedFor, () => usageOf(deps, hours)) }
    },
  }),
]

async function usageOf(deps: ApiDeps, hours: number): Promise<Usage> {
  const { monitored, monitor, registry, clock } = deps
  const periods = periodsOf(clock.now(), hours * 3_600, hours <= 24 ? 300 : 3_600)
  const priced = costs(monitored)
  const succeeded = [...registry.lanes.keys()].map((lane) => ({
    namespace: metricsNamespace,
    name: 'succeeded',
    dimensions: { service: monitored.service, lane },
  }))
  const all = [...succeeded, ...priced.flatMap(({ metrics }) => metrics)]
  const series: Series[] = all.map((metric) => ({
    ...metric,
    statistic: 'Sum',
    periodSeconds: periods.periodSeconds,
  }))
  const points = await monitor.read(series, periods.since, periods.until)
  const totals = points.map((of) => of.reduce((sum, { value }) => sum + value, 0))
  const take = (count: number) => totals.splice(0, count).reduce((sum, value) => sum + value, 0)
  const jobs = take(succeeded.length)
  const items = priced.map(({ metrics, view }) => view(take(metrics.length))).filter(({ quantity }) => quantity > 0)
  const total = usdTotal(items)
  return {
    since: periods.since.toISOString(),
    until: periods.until.toISOString(),
    jobs,
    items,
    usdTotal: total,
    usdPerMillionJobs: jobs > 0 ? (total / jobs) * 1_000_000 : undefined,
    prices: { region: prices.region, date: prices.date },
  }
}
