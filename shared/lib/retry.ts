/** Retries: the pauses between the tries of a call, and the loop that makes them. */
import type { Backoff } from '../define/backoff.ts'
import type { Clock } from './ports.ts'

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

/** When a call is no longer tried again. */
export interface RetryLimits {
  /** @default - any number */
  readonly tries?: number
  /** No pause ends after this moment, in ms since the epoch. @default - none */
  readonly until?: number
  /** The pause between two tries. @default - none */
  readonly pace?: Backoff
}

/**
 * Makes a call, and makes it again while its result is to be retried and the limits allow.
 *
 * @returns the result of the last try
 */
export async function retry<T>(
  clock: Pick<Clock, 'now' | 'sleep' | 'random'>,
  { tries = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY, pace }: RetryLimits,
  call: () => Promise<T>,
  isToRetry: (result: T) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const result = await call()
    if (attempt >= tries || !isToRetry(result)) return result
    if (!pace) continue
    const pause = backoffSeconds(pace, attempt, clock.random()) * 1000
    if (clock.now().getTime() + pause > until) return result
    await clock.sleep(pause)
  }
}

/** The outcome of a call that may throw, as {@link retry} takes it. */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  const [outcome] = await Promise.allSettled([call()])
  return outcome
}
