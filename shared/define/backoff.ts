/** The backoff of a job type: how long a job waits between its attempts. */
import { lifetimes } from '../lib/lifetimes.ts'
import { shown } from './options.ts'

/** How long to wait between attempts. Seconds. */
export interface Backoff {
  /** Upper bound of the first wait, from 0; each further one doubles it. */
  readonly baseSeconds: number
  /** No wait is longer. From `baseSeconds` to 39,600 (11 hours): SQS hides a message for 12. */
  readonly capSeconds: number
}

/** SQS hides a message for 12 hours at most, counted from its receive: less than that is left by the time we ask. Seconds. */
export const longestWait = 11 * 3600

/** What is wrong with a backoff; `undefined` if nothing is. The waits must leave a message time in its queue to be worked on. */
export function backoffProblem(backoff: Backoff, maxAttempts: number): string | undefined {
  const unknown = Object.keys(backoff).find((option) => !['baseSeconds', 'capSeconds'].includes(option))
  if (unknown !== undefined) return `backoff has the unknown option "${unknown}" (known: baseSeconds, capSeconds)`
  const { baseSeconds, capSeconds } = backoff
  if (!(Number.isFinite(baseSeconds) && baseSeconds >= 0))
    return `backoff.baseSeconds is ${shown(baseSeconds)}; it must be a number from 0`
  if (!(Number.isFinite(capSeconds) && capSeconds >= baseSeconds && capSeconds <= longestWait))
    return `backoff.capSeconds is ${shown(capSeconds)}; it must be a number from baseSeconds (${baseSeconds}) to ${longestWait}`
  const waits = Array.from({ length: maxAttempts - 1 }, (_, i) => Math.min(capSeconds, baseSeconds * 2 ** i))
  const total = waits.reduce((sum, wait) => sum + wait, 0)
  return total <= lifetimes.queueRetention / 2
    ? undefined
    : `its waits add up to ${total} s, more than half of the ${lifetimes.queueRetention} s that a queue keeps a message: lower maxAttempts or backoff`
}
