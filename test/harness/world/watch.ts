/** What CloudWatch and Lambda tell the reconciler of the lanes. */
import type { Point } from '../../../functions/aws/monitor.ts'
import type { Series } from '../../../functions/aws/series.ts'
import { isCounted, prefix } from './functions/reconcile.ts'
import type { SimLane, SimSqs } from './sqs.ts'
import type { Stack } from './stack.ts'

/** Something was sent to a lane for the first time, so late. */
export interface Lag {
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

/** The two series that the reconciler reads, and the state of a lane. SQS does not count messages that were received often. */
export function watchOf({ now, sqs, lags, isRunning }: Watched): Stack['watch'] {
  const lanes = new Map(sqs.lanes.map((lane) => [`${prefix}-${lane.name}${lane.isOrdered ? '.fifo' : ''}`, lane]))
  async function read([{ name, dimensions }]: readonly [Series, ...Series[]], since: Date): Promise<Point[][]> {
    const point = (value: number) => [[{ at: now(), value }]]
    if (name === 'IteratorAge')
      return point(Math.max(0, ...lags.filter(({ at }) => at >= since.getTime()).map(({ ms }) => ms)))
    const lane = lanes.get(dimensions.QueueName ?? '') as SimLane
    const counted = lane.queue.messages.filter((message) => isCounted(lane, message))
    return point((now() - Math.min(now(), ...counted.map(({ sentAt }) => sentAt))) / 1000)
  }
  return {
    monitor: { read },
    control: { state: async (lane) => (isRunning(lane) ? 'running' : 'paused') },
  }
}
