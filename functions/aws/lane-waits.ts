import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Lane } from '../../shared/define/lane.ts'
import type { QueueWait } from '../../shared/recovery/reconcile-marks.ts'
import type { LaneUrls } from './environment.ts'
import type { LaneControl } from './lane-control.ts'
import { queueCounts } from './lane-depth.ts'
import type { Monitor } from './monitor.ts'
import { ageSeries, relayLagSeries } from './series.ts'

export interface LaneWaitsDeps {
  readonly sqs: SQSClient
  readonly monitor: Pick<Monitor, 'read'>
  readonly control: Pick<LaneControl, 'state'>
  readonly urls: ReadonlyMap<string, LaneUrls>
  readonly lanes: readonly Lane[]
  /** What the names of the stack's queues begin with. */
  readonly prefix: string
  readonly now: () => number
}

/** How far back the ages are read, in ms. The metrics of a queue that slept begin up to 15 minutes late. */
const recent = 20 * 60_000
const hour = 3_600_000

/**
 * How long messages wait in each lane. An empty queue says so itself; of one that has messages, CloudWatch knows the age of
 * the oldest. It does not count messages that were received often, which is why a paused lane tells nothing.
 */
export async function laneWaits(deps: LaneWaitsDeps): Promise<ReadonlyMap<string, QueueWait>> {
  const found = await Promise.all(
    deps.lanes.map(async (lane) => [lane.name, await waitOf(deps, lane).catch(unreadable)] as const),
  )
  return new Map(found)
}

const unreadable = (error: unknown): QueueWait => ({ kind: 'unreadable', reason: String(error) })

async function waitOf(deps: LaneWaitsDeps, lane: Lane): Promise<QueueWait> {
  const { sqs, monitor, control, urls, prefix, now } = deps
  const queueUrl = urls.get(lane.name)?.queueUrl
  if (queueUrl === undefined) throw new Error('The application does not have the lane.')
  const [counts, state] = await Promise.all([queueCounts(sqs, queueUrl), control.state(lane.name)])
  const at = now()
  if (counts.every((count) => count === 0)) return { kind: 'empty', lag: await lagSince(deps, lane, at - recent, 60) }
  if (state !== 'running') return { kind: 'unknown' }
  const [points = []] = await monitor.read([ageSeries(prefix, lane)], new Date(at - recent), new Date(at))
  const sent = points.map((point) => point.at - point.value * 1_000)
  if (sent.length === 0) return { kind: 'unknown' }
  const sentAt = Math.min(...sent)
  return { kind: 'oldest', sentAt, lag: await lagSince(deps, lane, sentAt - hour, hour / 1_000) }
}

/** How late the relay was at most since a time, in ms. A relay that is off tells nothing: then what it leaves counts as lost. */
async function lagSince({ monitor, prefix, now }: LaneWaitsDeps, lane: Lane, since: number, periodSeconds: number) {
  const points = await monitor.read(relayLagSeries(prefix, lane, periodSeconds), new Date(since), new Date(now()))
  return Math.max(0, ...points.flat().map(({ value }) => value))
}
