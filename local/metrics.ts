import type { Metrics } from './types.ts'

export interface Series {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

export interface Datapoint {
  /** ms since the epoch. */
  readonly at: number
  readonly value: number
  /** How often the value was put, at that time or in the minute that began then. */
  readonly count: number
}

export interface MetricStore extends Metrics {
  /** The datapoints of a series after `from`, up to and including `to`, oldest first. */
  query(series: Series, from: number, to: number): readonly Datapoint[]
  /** Keeps datapoints one by one at least this long; the longest wish counts. */
  keepFor(ms: number): void
}

const TEN_MINUTES = 600_000
const MINUTE = 60_000
/** What is older than an alarm looks back is kept by the minute, for as long as somebody asks what the stack used. */
const HISTORY = 24 * 60 * MINUTE
/** How often, in datapoints, a series folds what is old: rarely enough to cost nothing. */
const FOLD_EVERY = 1000

interface Kept {
  recent: Datapoint[]
  byMinute: Datapoint[]
}

/** Every datapoint in memory, later by the minute, for a day. Dimensions identify a series exactly, as in CloudWatch. */
export function createMetrics(): MetricStore {
  const all = new Map<string, Kept>()
  let retention = TEN_MINUTES

  return {
    put({ at = Date.now(), value, ...series }) {
      const key = keyOf(series)
      const kept = all.get(key) ?? { recent: [], byMinute: [] }
      all.set(key, kept)
      add(kept.recent, { at, value, count: 1 })
      if (kept.recent.length % FOLD_EVERY === 0) fold(kept, Date.now(), retention)
    },
    query(series, from, to) {
      const { recent = [], byMinute = [] } = all.get(keyOf(series)) ?? {}
      const within = ({ at }: Datapoint) => at > from && at <= to
      return [...byMinute.filter(within), ...recent.filter(within)]
    },
    keepFor(ms) {
      retention = Math.max(retention, ms)
    },
  }
}

/** Counters put the same value over and over: within a second that is one datapoint, which counts more. */
function add(recent: Datapoint[], point: Datapoint): void {
  const last = recent.at(-1)
  const same = last && last.value === point.value && point.at >= last.at && point.at - last.at < 1000
  if (same) recent[recent.length - 1] = { ...last, count: last.count + 1 }
  else recent.push(point)
}

function fold(kept: Kept, now: number, retention: number): void {
  // A whole minute at a time, so that none is folded twice.
  const until = Math.floor((now - retention) / MINUTE) * MINUTE
  const old = kept.recent.filter(({ at }) => at < until)
  if (old.length === 0) return
  kept.recent = kept.recent.filter(({ at }) => at >= until)
  kept.byMinute = [...kept.byMinute.filter(({ at }) => at > now - HISTORY), ...summed(old)]
}

/** One datapoint for equal values of a minute. Three digits of a value are enough for a percentile. */
function summed(points: readonly Datapoint[]): Datapoint[] {
  const minutes = Map.groupBy(points, ({ at }) => Math.floor(at / MINUTE) * MINUTE)
  return [...minutes].flatMap(([at, ofMinute]) => {
    const counts = new Map<number, number>()
    for (const { value, count } of ofMinute) {
      const rounded = Number(value.toPrecision(3))
      counts.set(rounded, (counts.get(rounded) ?? 0) + count)
    }
    return [...counts].map(([value, count]) => ({ at, value, count }))
  })
}

function keyOf({ namespace, name, dimensions }: Series): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([namespace, name, sorted])
}
