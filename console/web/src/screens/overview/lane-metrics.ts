import type { Metrics } from '../../api/types.ts'

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
