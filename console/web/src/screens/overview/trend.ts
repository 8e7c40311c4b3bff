import type { LaneStats } from '../../api/types.ts'
import { duration, rate } from '../../components/words.ts'
import { backlogOf, history, rateAt } from '../../live/history.ts'
import { useStore } from '../../live/store.ts'

/** Jobs per second below which a backlog counts as steady. */
const steady = 0.25

/** Whether a lane's backlog grows or drains, and when it will be empty, in words. */
export function useTrend(depth: LaneStats): string {
  const samples = useStore(history)
  const backlog = backlogOf(depth)
  const change = rateAt(samples, samples.length - 1, depth.name)
  if (backlog === 0) return 'empty'
  if (change === null) return ''
  if (Math.abs(change) < steady) return 'steady'
  if (change > 0) return `▲ grows ${rate(change)}/s`
  return `▼ drains ${rate(change)}/s, empty in ${duration(Math.max(1, backlog / -change))}`
}
