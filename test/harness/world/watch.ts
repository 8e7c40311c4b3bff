/** What CloudWatch and Lambda tell the reconciler of the lanes. */
import type { Point } from '../../../functions/aws/monitor.ts'
import type { Series } from '../../../functions/aws/series.ts'
import { isCounted, prefix } from './functions/reconcile.ts'
import type { SimSqs } from './sqs.ts'
import type { Stack } from './stack.ts'

/** A relay sent something to a lane, so late. */
export interface Lag {
  readonly lane: string
  /** ms since the epoch. */
  readonly at: number
  readonly ms: number
}

interface Watched {
  readonly now: () => number
  readonly sqs: SimSqs
  readonly lags: readonly Lag[]
  readonly isRunning: (lane: string) => boolean
}

/**
 * The series that the reconciler reads, and the state of a lane. Other series are empty, as in CloudWatch. SQS does not
 * count messages that were received often.
 */
export function watchOf({ now, sqs, lags, isRunning }: Watched): Stack['watch'] {
  const lanes = new Map(sqs.lanes.map((lane) => [`${prefix}-${lane.name}${lane.isOrdered ? '.fifo' : ''}`, lane]))
  const point = (value: number): Point[] => [{ at: now(), value }]
  function pointsOf({ name, dimensions }: Series, since: Date): Point[] {
    if (name === 'forwardLatency') {
      const ofLane = lags.filter(({ at, lane }) => at >= since.getTime() && lane === dimensions.lane)
      return point(Math.max(0, ...ofLane.map(({ ms }) => ms)))
    }
    const lane = lanes.get(dimensions.QueueName ?? '')
    if (!lane || name !== 'ApproximateAgeOfOldestMessage') return []
    const counted = lane.queue.messages.filter((message) => isCounted(lane, message))
    return point((now() - Math.min(now(), ...counted.map(({ sentAt }) => sentAt))) / 1000)
  }
  return {
    monitor: { read: async (series, since) => series.map((one) => pointsOf(one, since)) },
    control: { state: async (lane) => (isRunning(lane) ? 'running' : 'paused') },
  }
}
