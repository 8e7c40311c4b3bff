/** Faults of the endpoint in a row: each message is logged once, and each fault is followed by a longer pause. */
import type { MappingContext } from './context.ts'
import { backoff, pause } from './waiting.ts'

export interface PollBackoff {
  /** Logs the message, unless it logged the same last, and pauses. */
  wait(message: string | undefined, signal: AbortSignal): Promise<void>
  reset(): void
}

export function createPollBackoff(
  { log, timing }: Pick<MappingContext, 'log' | 'timing'>,
  logicalId: string,
): PollBackoff {
  let inRow = 0
  let logged: string | undefined
  return {
    async wait(message, signal) {
      if (signal.aborted) return
      if (message !== undefined && message !== logged) log(logicalId, message)
      logged = message ?? logged
      await pause(backoff(inRow, timing.backoff), signal)
      inRow += 1
    },
    reset() {
      inRow = 0
      logged = undefined
    },
  }
}
