/** What the lanes looked like over the last minutes, remembered from the answers of this session. */
import type { LaneStats, Stats } from '../api/types.ts'
import { createStore } from './store.ts'

export interface Sample {
  /** ms since the epoch */
  readonly at: number
  readonly lanes: Readonly<Record<string, number>>
  readonly retrying: number
  readonly dead: number
}

export const keptMinutes = 10
/** ms over which a change is measured: SQS counts are approximate and jump. */
const rateWindow = 10_000

export const history = createStore<readonly Sample[]>([])

/** Jobs that a lane still has to do. */
export function backlogOf({ visible, inFlight, delayed }: LaneStats): number {
  return visible + inFlight + delayed
}

export function remember(stats: Stats, at: number): void {
  const lanes = Object.fromEntries(stats.lanes.map((lane) => [lane.name, backlogOf(lane)]))
  const kept = history.get().filter((sample) => sample.at > at - keptMinutes * 60_000 && sample.at < at)
  history.set([...kept, { at, lanes, ...stats.jobs }])
}

/** Jobs per second that a lane's backlog changed by up to a sample: negative while it drains. Null when nothing is known. */
export function rateAt(samples: readonly Sample[], index: number, lane: string): number | null {
  const last = samples[index]
  if (!last) return null
  const first = samples.find((sample) => sample.at >= last.at - rateWindow)
  const [from, to] = [first?.lanes[lane], last.lanes[lane]]
  if (!first || from === undefined || to === undefined || last.at - first.at < 1_500) return null
  return (to - from) / ((last.at - first.at) / 1000)
}
