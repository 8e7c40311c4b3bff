/** The rate limit of a job type: how many of its jobs may start in a time, over all consumers and lanes. */
import { aFunction, anObject, optional, partProblems, type Rules, whole } from './options.ts'
import { readKey } from './payload-key.ts'

/**
 * Limit of starts. In any window of `perSeconds`, at most `limit + burst` attempts of jobs with one key start. Jobs that must
 * wait use up no attempt. Jobs of other keys and types go on; on an ordered lane, the group waits.
 */
export interface RateLimit<P = never> {
  /** Number of starts per window, 1 to 100,000. */
  readonly limit: number
  /** Length of the window: whole seconds, 1 to 3,600. The limit may be at most 10,000 starts a second. */
  readonly perSeconds: number
  /**
   * Returns the key of a job: text of 1 to 128 bytes. Each key has the limit for itself. `undefined` means that this job is
   * not limited.
   * @default - all jobs of the type share one limit
   */
  key?(payload: P): string | undefined
  /**
   * Number of starts above the limit that a window may have, from 1 to the limit. Jobs start up to a
   * few milliseconds late, and clocks differ; a small burst makes jobs that miss their moment wait once more.
   * @default - the starts of 0.2 seconds, at least 1
   */
  readonly burst?: number
}

/** The rules for the options of a rate limit. */
const rules: Rules<RateLimit> = {
  limit: whole(1, 100_000),
  perSeconds: whole(1, 3_600),
  key: optional(aFunction),
  burst: optional(whole(1, 100_000)),
}

/** Starts a second that one item of a limit carries: each may cost two of the 1,000 write units of a partition. */
const ratePerShard = 400
const highestRate = 10_000

/** What is wrong with a rate limit; `undefined` if nothing is. */
export function rateLimitProblem(given: unknown): string | undefined {
  if (!anObject.is(given)) return undefined
  const problems = partProblems('rateLimit', given as object, rules)
  if (problems.length > 0) return problems.join('; ')
  const { limit, perSeconds, burst } = given as RateLimit
  if (limit / perSeconds > highestRate)
    return `rateLimit has ${limit} starts in ${perSeconds} s; it must be at most ${highestRate} starts a second`
  const shards = shardsOf({ limit, perSeconds })
  if (burst !== undefined && burst > limit) return `rateLimit.burst is ${burst}; it must be at most the limit, ${limit}`
  // Each of several items needs two, one of which makes up for a slot that each may have more.
  return burst !== undefined && shards > 1 && burst < 2 * shards
    ? `rateLimit.burst is ${burst}; at ${limit} starts in ${perSeconds} s it must be at least ${2 * shards}`
    : undefined
}

/**
 * The key of a job under its limit; `undefined` if the limit has no keys, or the job is not limited.
 *
 * @throws Error when the key is not valid, with the reason
 */
export function keyOfLimit({ key }: RateLimit, payload: unknown): string | undefined {
  return readKey('rateLimit', key, payload)
}

/** Items that carry a limit together. */
export function shardsOf({ limit, perSeconds }: Pick<RateLimit, 'limit' | 'perSeconds'>): number {
  return Math.ceil(limit / perSeconds / ratePerShard)
}

/** The times of one item of a limit, in ms. */
export interface Pace {
  /** Between two starts. */
  readonly step: number
  /** By which a start may come before its slot: what makes a burst. */
  readonly early: number
  /** By which a start may come after its slot. Later it needs another slot. */
  readonly late: number
}

/**
 * The times of one item of a limit. A window that holds its own length and `early + late` has at most `limit + burst` slots
 * as long as these two are less than `burst` steps. Of several items each may have a slot more.
 */
export function paceOf({ limit, perSeconds, burst: given }: RateLimit): Pace {
  const shards = shardsOf({ limit, perSeconds })
  const step = (perSeconds * 1_000 * shards) / limit
  const burst = given ?? Math.max(1, Math.round((0.2 * limit) / perSeconds))
  const slack = (burst / shards - (shards - 1) / shards) * step
  return { step, early: Math.max(0, slack / 2 - 1), late: slack / 2 }
}
