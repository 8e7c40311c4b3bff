/** The backoff of a job type: how long a job waits between its attempts. */
import { lifetimes } from '../lib/lifetimes.ts'
import { shown } from './options.ts'

/**
 * Waits between the attempts of a job. Each wait is random, from 0 to an upper bound that doubles with each attempt. The
 * upper bounds of all waits of a job add up to at most 3.5 days. That is half of the time that a queue keeps a message.
 */
export interface Backoff {
  /** Upper bound of the first wait, in seconds, from 0. */
  readonly baseSeconds: number
  /** Upper bound of every wait, in seconds, from `baseSeconds` to 39,600 (11 hours). SQS can hide a message for 12 hours. */
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
