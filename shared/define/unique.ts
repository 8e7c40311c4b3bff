/** Unique jobs: of the jobs of one key, one stands at a time. A request for another is merged into it. */
import { lifetimes } from '../lib/lifetimes.ts'
import { aFunction, anObject, oneOf, optional, partProblems, type Rules, whole } from './options.ts'
import { readKey } from './payload-key.ts'

/**
 * Uniqueness of the jobs of a type by a key of the payload. While a job of the key stands, a request for another one writes no
 * job: it is merged into the one that stands, and gets its id.
 */
export interface Unique<P = never> {
  /** Returns the unique key of a job: text of 1 to 128 bytes. `undefined` means that this job is not unique. */
  key(payload: P): string | undefined
  /**
   * End of the time in which a job stands. `started`: its first attempt starts, so each request is followed by an attempt that starts
   * after it. `finished`: it has succeeded, is dead or is cancelled.
   */
  readonly until: 'started' | 'finished'
  /**
   * Longest time that a job stands: whole seconds from its start time, 1 to 2,592,000 (30 days).
   * @default 2592000
   */
  readonly forSeconds?: number
}

/** The rules for the options of a unique job. An item of the outbox lives as long as its job can stand. */
const rules: Rules<Unique> = {
  key: aFunction,
  until: oneOf('started', 'finished'),
  forSeconds: optional(whole(1, lifetimes.outbox)),
}

/** What is wrong with the option `unique`; `undefined` if nothing is. */
export function uniqueProblem(given: unknown): string | undefined {
  if (!anObject.is(given)) return undefined
  const problems = partProblems('unique', given as object, rules)
  return problems.length > 0 ? problems.join('; ') : undefined
}

/**
 * The unique key of a payload; `undefined` if the job is not unique.
 *
 * @throws Error when the key is not valid, with the reason
 */
export function keyOfUnique({ key }: Pick<Unique, 'key'>, payload: unknown): string | undefined {
  return readKey('unique', key, payload)
}
