/** How long to wait between attempts. Seconds. */
export interface Backoff {
  /** Upper bound of the first wait; each further one doubles it. */
  readonly baseSeconds: number
  /** No wait is longer. SQS allows up to 12 hours. */
  readonly capSeconds: number
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
