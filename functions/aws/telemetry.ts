import { Logger } from '@aws-lambda-powertools/logger'
import { errorLine } from '../../shared/define/errors.ts'
import type { MetricName } from '../../shared/lib/names.ts'
import type { JobEvent } from '../../shared/lib/ports.ts'

/** Name, level and sampling come from the POWERTOOLS_… variables that the template sets. */
export const logger = new Logger()

/**
 * What a log keeps of a fault: its line, with all causes, and its stack. Not the fault itself: whatever was thrown may hold
 * headers, or itself.
 */
export function faultDetails(fault: unknown): { readonly reason: string; readonly stack?: string } {
  const reason = errorLine(fault)
  try {
    return fault instanceof Error ? { reason, stack: String(fault.stack).slice(0, 4_000) } : { reason }
  } catch {
    return { reason }
  }
}

/** Counts what happened in one invocation, per lane and job type, and writes it as one metrics line each (EMF). */
export interface Tally {
  count(of: { readonly lane: string; readonly type: string }, metric: MetricName, value?: number): void
  /** A duration in ms. */
  time(of: { readonly lane: string; readonly type: string }, metric: MetricName, ms: number): void
  flush(): void
}

export function tally(): Tally {
  const sets = new Map<string, { readonly of: Dimensions; readonly counts: Values; readonly times: Values }>()
  const setOf = ({ lane, type }: Dimensions) => {
    const key = `${lane} ${type}`
    const set = sets.get(key) ?? { of: { lane, type }, counts: new Map(), times: new Map() }
    sets.set(key, set)
    return set
  }
  return {
    // Added up here: a batch of 100 would otherwise log a hundred ones.
    count(of, metric, value = 1) {
      const { counts } = setOf(of)
      counts.set(metric, [(counts.get(metric)?.[0] ?? 0) + value])
    },
    time(of, metric, ms) {
      const { times } = setOf(of)
      times.set(metric, [...(times.get(metric) ?? []), ms])
    },
    flush() {
      // Twice: a percentile of a lane cannot be had from those of its types, and an alarm cannot add types up.
      const dimensions = [
        ['service', 'lane'],
        ['service', 'lane', 'type'],
      ]
      for (const { of, counts, times } of sets.values()) publish(dimensions, { ...of }, counts, times)
      sets.clear()
    },
  }
}

interface Dimensions {
  readonly lane: string
  readonly type: string
}
type Values = Map<MetricName, readonly number[]>

/** Counts over all lanes and types. An alarm watches one metric of fixed dimensions, so it cannot add up those of a tally. */
export function total(metric: MetricName, value: number): void {
  publish([['service']], {}, new Map([[metric, [value]]]), new Map())
}

/** Writes what the alarm of a lane's circuit breaker reads: all in one metric, so that no part of it comes later than another. */
export function laneOutcomes(lane: string, events: readonly JobEvent[]): void {
  const failing = events.flatMap((event) => event.failing ?? [])
  const outcomes = events.some(({ kind }) => kind === 'succeeded') ? [0, ...failing] : failing
  if (outcomes.length > 0) publish([['service', 'lane']], { lane }, new Map([['outcomes', outcomes]]), new Map())
}

/** CloudWatch takes this many values of a metric in one line. */
const mostValues = 100

/**
 * Writes metrics as log lines in the embedded metric format, from which CloudWatch makes them. By hand: Powertools' Metrics
 * forgets its dimensions when a metric has 100 values in one invocation, which a full batch of the relay has.
 */
function publish(dimensions: string[][], of: Record<string, string>, counts: Values, times: Values): void {
  const { POWERTOOLS_METRICS_NAMESPACE: Namespace, POWERTOOLS_SERVICE_NAME: service } = process.env
  const lines = Math.max(1, ...[...times.values()].map(({ length }) => Math.ceil(length / mostValues)))
  for (let line = 0; line < lines; line++) {
    const ms = [...times].map(([name, all]) => [name, all.slice(line * mostValues, (line + 1) * mostValues)] as const)
    const values = [...(line === 0 ? counts : []), ...ms.filter(([, some]) => some.length > 0)]
    const Metrics = values.map(([Name]) => ({ Name, Unit: counts.has(Name) ? 'Count' : 'Milliseconds' }))
    const _aws = { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace, Dimensions: dimensions, Metrics }] }
    const numbers = values.map(([name, some]) => [name, some.length === 1 ? some[0] : some])
    // Not console.log, to which Lambda adds a time and a request id: then it is no JSON.
    process.stdout.write(`${JSON.stringify({ _aws, service, ...of, ...Object.fromEntries(numbers) })}\n`)
  }
}

/** What went as it should is counted, and stands in the tables: a line for each job would be most of what is logged. */
const levels = {
  started: 'debug',
  succeeded: 'debug',
  duplicate: 'info',
  cancelled: 'info',
  busy: 'info',
  limited: 'debug',
  throttled: 'info',
  fenced: 'warn',
  'progress-dropped': 'warn',
  retrying: 'warn',
  dead: 'error',
} as const

/** Logs an event of a job, without its payload, and counts it. */
export function observeJob(counts: Tally, event: JobEvent): void {
  const { job, kind, failing: _, ...details } = event
  logger[levels[kind]](`job ${kind}`, {
    job: job.id,
    type: job.type,
    lane: job.lane,
    traceparent: job.traceparent,
    ...details,
  })
  if (kind !== 'progress-dropped') counts.count(job, kind)
  if (kind === 'succeeded') counts.time(job, 'endToEndLatency', Math.max(0, Date.now() - Date.parse(job.createdAt)))
}
