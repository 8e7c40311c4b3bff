import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { MetricName } from '../../shared/names.ts'
import type { JobEvent } from '../../shared/ports.ts'

/** Name, level and sampling come from the POWERTOOLS_… variables that the template sets. */
export const logger = new Logger()

/** Counts what happened in one invocation, per lane and job type, and writes it as one metrics line each (EMF). */
export interface Tally {
  count(of: { readonly lane: string; readonly type: string }, metric: MetricName, value?: number): void
  /** A duration in ms. */
  time(of: { readonly lane: string; readonly type: string }, metric: MetricName, ms: number): void
  flush(): void
}

export function tally(): Tally {
  const sets = new Map<string, Metrics>()
  const metricsOf = ({ lane, type }: { lane: string; type: string }) => {
    const key = `${lane} ${type}`
    const known = sets.get(key)
    if (known) return known
    const metrics = new Metrics()
    // Twice: a percentile of a lane cannot be had from those of its types, and an alarm cannot add types up.
    metrics.addDimensions({ lane })
    metrics.addDimensions({ lane, type })
    sets.set(key, metrics)
    return metrics
  }
  return {
    count: (of, metric, value = 1) => metricsOf(of).addMetric(metric, MetricUnit.Count, value),
    time: (of, metric, ms) => metricsOf(of).addMetric(metric, MetricUnit.Milliseconds, ms),
    flush() {
      for (const metrics of sets.values()) metrics.publishStoredMetrics()
      sets.clear()
    },
  }
}

/** Counts over all lanes and types. An alarm watches one metric of fixed dimensions, so it cannot add up those of a tally. */
export function total(metric: MetricName, value: number): void {
  const metrics = new Metrics()
  metrics.addMetric(metric, MetricUnit.Count, value)
  metrics.publishStoredMetrics()
}

const levels = {
  started: 'debug',
  succeeded: 'info',
  duplicate: 'info',
  cancelled: 'info',
  busy: 'info',
  fenced: 'warn',
  retrying: 'warn',
  dead: 'error',
} as const

/** Logs an event of a job, without its payload, and counts it. */
export function observeJob(counts: Tally, event: JobEvent): void {
  const { job, kind, ...details } = event
  logger[levels[kind]](`job ${kind}`, {
    job: job.id,
    type: job.type,
    lane: job.lane,
    traceparent: job.traceparent,
    ...details,
  })
  counts.count(job, kind)
  if (kind === 'succeeded') counts.time(job, 'endToEndLatency', Math.max(0, Date.now() - Date.parse(job.createdAt)))
}
