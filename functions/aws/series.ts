/** Series of metrics. Apart from the client that reads them, so that a list of routes can be loaded without the SDK. */
import type { Lane } from '../../shared/define/lane.ts'
import { queueName, resourceName } from '../../shared/lib/names.ts'

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

/** How late the relay of a lane is, in ms, once a period. @param prefix of the stack's resources */
export function relayLagSeries(prefix: string, { kind }: Pick<Lane, 'kind'>, periodSeconds: number): Series {
  return {
    namespace: 'AWS/Lambda',
    name: 'IteratorAge',
    dimensions: { FunctionName: resourceName({ prefix }, kind === 'ordered' ? 'relay-ordered' : 'relay') },
    statistic: 'Maximum',
    periodSeconds,
  }
}
