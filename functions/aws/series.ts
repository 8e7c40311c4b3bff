/** Series of metrics. Apart from the client that reads them, so that a list of routes can be loaded without the SDK. */
import type { Lane } from '../../shared/define/lane.ts'
import { type MetricName, metricsNamespace, queueName, resourceName } from '../../shared/lib/names.ts'

/** One line of a metric: what is measured, of what, and how the values of a period become one. */
export interface Series {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  /** `Sum`, `Maximum`, `p99` … */
  readonly statistic: string
  /** Seconds, a multiple of 60. */
  readonly periodSeconds: number
}

/** How long the oldest message of a lane waits, in seconds, once a minute. @param prefix of the stack's resources */
export function ageSeries(prefix: string, lane: Pick<Lane, 'name' | 'kind'>): Series {
  return {
    namespace: 'AWS/SQS',
    name: 'ApproximateAgeOfOldestMessage',
    dimensions: { QueueName: queueName({ prefix }, lane) },
    statistic: 'Maximum',
    periodSeconds: 60,
  }
}

/**
 * How late the relay of a lane is, in ms, once a period: with what it sent, and with what it could not send yet. The second
 * is the age of the last record of a batch only: after an outage the first may be hours older.
 *
 * @param prefix of the stack's resources
 */
export function relayLagSeries(
  prefix: string,
  { name, kind }: Pick<Lane, 'name' | 'kind'>,
  periodSeconds: number,
): readonly Series[] {
  const latency: MetricName = 'forwardLatency'
  const FunctionName = resourceName({ prefix }, kind === 'ordered' ? 'relay-ordered' : 'relay')
  const of = { statistic: 'Maximum', periodSeconds }
  return [
    { namespace: metricsNamespace, name: latency, dimensions: { service: prefix, lane: name }, ...of },
    { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName }, ...of },
  ]
}
