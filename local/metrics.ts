import type { Metrics } from './parts.ts'

export interface Series {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

export interface Datapoint {
  /** ms since the epoch. */
  readonly at: number
  readonly value: number
}

export interface MetricStore extends Metrics {
  /** The datapoints of a series after `from`, up to and including `to`, oldest first. */
  query(series: Series, from: number, to: number): readonly Datapoint[]
  /** Keeps datapoints at least this long; the longest wish counts. */
  keepFor(ms: number): void
}

const TEN_MINUTES = 600_000
/** How often, in datapoints, a series drops what is too old: rarely enough to cost nothing. */
const PRUNE_EVERY = 1000

/** Every datapoint in memory, for as long as an alarm may look back. Dimensions identify a series exactly, as in CloudWatch. */
export function createMetrics(): MetricStore {
  const all = new Map<string, Datapoint[]>()
  let retention = TEN_MINUTES

  return {
    put({ at = Date.now(), value, ...series }) {
      const key = keyOf(series)
      const points = all.get(key) ?? []
      points.push({ at, value })
      all.set(key, points.length % PRUNE_EVERY === 0 ? points.filter((p) => p.at > Date.now() - retention) : points)
    },
    query(series, from, to) {
      return (all.get(keyOf(series)) ?? []).filter((p) => p.at > from && p.at <= to)
    },
    keepFor(ms) {
      retention = Math.max(retention, ms)
    },
  }
}

function keyOf({ namespace, name, dimensions }: Series): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([namespace, name, sorted])
}
