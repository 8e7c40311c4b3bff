import * as z from 'zod'
import { metricsNamespace } from '../../../../shared/lib/names.ts'
import { prices } from '../../../../shared/lib/prices.ts'
import type { Series } from '../../../aws/monitor.ts'
import type { ApiDeps } from '../../deps.ts'
import { readQuery } from '../../request.ts'
import { route } from '../../route.ts'
import { periodsOf } from '../periods.ts'
import { costs, usdTotal } from './usage.ts'

const query = z.strictObject({ hours: z.coerce.number().int().min(1).max(720).default(24) })

const item = z.object({
  service: z.string(),
  what: z.string(),
  quantity: z.number(),
  unit: z.string(),
  usd: z.number(),
})

/** How long an answer is given again, in ms. */
const holds = 60_000

export const usage = [
  route({
    method: 'GET',
    path: '/usage',
    summary: 'What the stack used of AWS, and what that costs by list price',
    query,
    success: {
      status: 200,
      schema: z.object({
        since: z.iso.datetime(),
        until: z.iso.datetime(),
        /** Jobs that succeeded in that time. */
        jobs: z.int(),
        items: z.array(item),
        usdTotal: z.number(),
        /** Absent where no job succeeded. */
        usdPerMillionJobs: z.number().optional(),
        prices: z.object({ region: z.string(), date: z.string() }),
      }),
    },
    async answer(deps, { event }) {
      const asked = readQuery(event, query)
      if (!asked.ok) return asked.answer
      const { hours } = asked.value
      return { status: 200, body: await deps.remember(`usage ${hours}`, holds, () => usageOf(deps, hours)) }
    },
  }),
]

async function usageOf(deps: ApiDeps, hours: number) {
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
    ...(jobs > 0 ? { usdPerMillionJobs: (total / jobs) * 1_000_000 } : {}),
    prices: { region: prices.region, date: prices.date },
  }
}
