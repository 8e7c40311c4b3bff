/** Errors that a job, a command or a definition throws. */

/** Thrown by a job that knows that trying again is useless: the job is dead at once. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
}

/**
 * Thrown by a job that knows that what it wanted did not happen: it is tried again, also with `onCrash: 'dead-letter'`,
 * where any other error leaves the outcome unknown.
 */
export class NotDoneError extends Error {
  override readonly name = 'NotDoneError'
}

/** An attempt ran longer than its job type allows. It counts as failed, whatever it would have returned. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError'
  constructor(type: string, seconds: number) {
    super(
      `"${type}" ran longer than its time limit of ${seconds} s; make it faster, split it, or raise timeLimitSeconds in its job file`,
    )
  }
}

/**
 * A job with `onCrash: 'dead-letter'` began, and did not come to its commit: what it did outside stands, or is still under
 * way, and nothing says so. It must not run twice, so the job is dead and a person decides.
 */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError'
}

/** This code does not know the job's type, or the version of its payload: probably a deploy is in progress. */
export class NotDeployedError extends Error {
  override readonly name = 'NotDeployedError'
}

/**
 * A change that can never be committed as it is: a value that does not fit or cannot be stored, too many writes, an item too
 * large, one item twice. Nothing was written.
 */
export class ChangeRefusedError extends Error {
  override readonly name = 'ChangeRefusedError'
  /** What is wrong, each with the path to the field: `items.0.price`; `''` for the change as a whole. */
  readonly problems: readonly { readonly path: string; readonly message: string }[]

  constructor(
    message: string,
    { problems, ...options }: ErrorOptions & Partial<Pick<ChangeRefusedError, 'problems'>> = {},
  ) {
    super(message, options)
    this.problems = problems ?? [{ path: '', message }]
  }
}

/**
 * What an application defines cannot work: a lane, a job type, a record, a schedule, or how they fit together. Thrown while it is
 * loaded, and so at synth; its message is one line for the person who wrote the definition.
 */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
}

/** The tables did not take the change in time: conflicts or throttling. Nothing was written; the same change may succeed later. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
}

export { errorLine } from '../lib/error-line.ts'
