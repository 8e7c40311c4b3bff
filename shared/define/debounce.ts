/** Debounced jobs: one run after the last of several requests of a key. */
import { aFunction, anObject, partProblems, type Rules, whole } from './options.ts'
import { readKey } from './payload-key.ts'

/**
 * Debounce of the jobs of a type by a key of the payload: a job runs so many seconds after the last request of its key, with the
 * payload of that request. Each request puts the job off; after 30 days the next request begins another job.
 */
export interface Debounce<P = never> {
  /** Returns the key of a job: text of 1 to 128 bytes. `undefined` means that this job is not debounced. */
  key(payload: P): string | undefined
  /** Time from the last request until the job runs: whole seconds, 1 to 86,400. */
  readonly seconds: number
}

/** The rules for the options of a debounce. */
const rules: Rules<Debounce> = { key: aFunction, seconds: whole(1, 86_400) }

/** What is wrong with the option `debounce`; `undefined` if nothing is. */
export function debounceProblem(given: unknown, unique: unknown): string | undefined {
  if (!anObject.is(given)) return undefined
  const problems = partProblems('debounce', given as object, rules)
  if (problems.length > 0) return problems.join('; ')
  return unique === undefined
    ? undefined
    : 'it has unique and debounce, which both decide what becomes of a second request; leave one of them out'
}

/**
 * The key of a payload under a debounce; `undefined` if the job is not debounced.
 *
 * @throws Error when the key is not valid, with the reason
 */
export function keyOfDebounce({ key }: Pick<Debounce, 'key'>, payload: unknown): string | undefined {
  return readKey('debounce', key, payload)
}
