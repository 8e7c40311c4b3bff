import { lifetimes } from './lifetimes.ts'

/** How long to wait between attempts. Seconds. */
export interface Backoff {
  /** Upper bound of the first wait; each further one doubles it. */
  readonly baseSeconds: number
  /** No wait is longer. SQS allows up to 12 hours. */
  readonly capSeconds: number
}

/** SQS hides a message for 12 hours at most, counted from its receive: less than that is left by the time we ask. Seconds. */
export const longestWait = 11 * 3600

/** What is wrong with a backoff; `undefined` if nothing is. The waits must leave a message time in its queue to be worked on. */
export function backoffProblem({ baseSeconds, capSeconds }: Backoff, maxAttempts: number): string | undefined {
  if (!(baseSeconds >= 0 && capSeconds >= baseSeconds && capSeconds <= longestWait)) {
    return `its backoff must go from 0 or more up to ${longestWait} s at most, not from ${baseSeconds} to ${capSeconds}`
  }
  const waits = Array.from({ length: maxAttempts - 1 }, (_, i) => Math.min(capSeconds, baseSeconds * 2 ** i))
  const total = waits.reduce((sum, wait) => sum + wait, 0)
  return total <= lifetimes.queueRetention / 2
    ? undefined
    : `its waits may add up to ${total} s, more than half of the ${lifetimes.queueRetention} s that a queue keeps a message`
}

/**
 * Exponential backoff with full jitter: anything from 0 to `base × 2^(attempt-1)`, capped. The jitter spreads jobs that
 * failed together, so that they do not come back together.
 *
 * @param attempt the attempt that failed, from 1
 * @param random 0 ≤ random < 1
 * @returns seconds
 */
export function backoffSeconds({ baseSeconds, capSeconds }: Backoff, attempt: number, random: number): number {
  const ceiling = Math.min(capSeconds, baseSeconds * 2 ** Math.min(attempt - 1, 40))
  return ceiling * random
}
