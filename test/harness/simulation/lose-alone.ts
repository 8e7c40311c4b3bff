import { parts } from '../../support/segments.ts'
import { maxAttempts } from '../world/app.ts'
import type { Losses } from '../world/losses.ts'
import type { Timeline } from '../world/timeline.ts'
import type { Callers } from './callers.ts'

const day = 86_400_000

interface LosingWorld {
  readonly callers: Callers
  readonly losses: Losses
  readonly timeline: Timeline
}

/** What gets lost on a day of a quiet month. */
export function loseAlone({ callers, losses, timeline }: LosingWorld, today: number): void {
  if (today === 0) {
    // Dead when its attempts are over, they get lost once redriven, the one when it is young, the other on its second redrive.
    for (const [redrivenOn, throws] of [
      [2, maxAttempts + 1],
      [8, 2 * maxAttempts + 1],
    ] as const) {
      const job = callers.askFor({ workMs: 5, throws })
      timeline.after(redrivenOn * day, () => {
        losses.retries.add(job)
        void callers.redriveAll()
      })
    }
  }
  // Once in each part, when nothing else is lost whose finding would have all parts read.
  if (today >= 6) losses.records.add(callers.askFor({ workMs: 5 }, today % parts))
}
