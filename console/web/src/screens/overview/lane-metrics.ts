import type { LaneMetrics, Metrics } from '../../api/types.ts'

/** Periods over which a rate is told: one alone jumps. */
const window = 5

type Periods = Pick<Metrics, 'since' | 'until' | 'periodSeconds'>

/** Jobs per minute lately. */
export function perMinute(metrics: Periods, values: readonly number[]): number {
  const lately = whole(metrics, values).slice(-window)
  const sum = lately.reduce((total, value) => total + value, 0)
  return lately.length === 0 ? 0 : (sum / lately.length) * (60 / metrics.periodSeconds)
}

/** Values of whole periods: the last one may have just begun, and would look as if all had stopped. */
export function whole({ since, until, periodSeconds }: Periods, values: readonly number[]): readonly number[] {
  const seconds = (Date.parse(until) - Date.parse(since)) / 1000
  return seconds < values.length * periodSeconds ? values.slice(0, -1) : values
}

/** What is counted of a lane, period by period. */
export type Counted = Exclude<keyof LaneMetrics, 'name' | 'latencyMs'>

const counted = ['accepted', 'started', 'succeeded', 'retrying', 'dead'] as const satisfies Counted[]
/** The least that is shown, however new the stack is. */
const shortestMinutes = 10

/** Without the time before anything happened: a stack that was just started has no hour to show. */
export function sinceFirstJob(metrics: Metrics): Metrics {
  const { since, periodSeconds, lanes } = metrics
  const count = lanes[0]?.accepted.length ?? 0
  const busy = (period: number) => lanes.some((lane) => counted.some((field) => lane[field][period]))
  const first = Array.from({ length: count }, (_, i) => i).findIndex(busy)
  const skip = Math.max(0, Math.min(first - 1, count - Math.ceil(shortestMinutes * (60 / periodSeconds))))
  return {
    ...metrics,
    since: new Date(Date.parse(since) + skip * periodSeconds * 1000).toISOString(),
    lanes: lanes.map((lane) => ({
      ...lane,
      ...(Object.fromEntries(counted.map((field) => [field, lane[field].slice(skip)])) as Record<Counted, number[]>),
    })),
  }
}
