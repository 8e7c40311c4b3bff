/** Faults of the endpoint, in a row: each kind is told once, and each is followed by a longer pause. */
import type { MappingContext } from './context.ts'
import { backoff, pause } from './waiting.ts'

export interface Trouble {
  /** Tells (unless it is what was told last) and pauses. */
  wait(news: string | undefined, signal: AbortSignal): Promise<void>
  over(): void
}

export function createTrouble({ log, timing }: Pick<MappingContext, 'log' | 'timing'>, logicalId: string): Trouble {
  let inRow = 0
  let told: string | undefined
  return {
    async wait(news, signal) {
      if (signal.aborted) return
      if (news !== undefined && news !== told) log(logicalId, news)
      told = news ?? told
      await pause(backoff(inRow, timing.backoff), signal)
      inRow += 1
    },
    over() {
      inRow = 0
      told = undefined
    },
  }
}
