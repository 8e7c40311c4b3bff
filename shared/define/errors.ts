/** Errors that a job, a command or a definition throws. */

/**
 * Error that a job throws when another attempt is useless. The job is dead at once, without further attempts.
 *
 * @example
 * throw new PermanentError(`order ${orderId} has no address`)
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
}

/**
 * Error that a job throws when its outside call surely had no effect. The job is tried again after its backoff, also with
 * `onCrash: 'dead-letter'`, where any other error leaves the outcome unknown.
 *
 * @example
 * throw new NotDoneError('the bank is closed until 08:00')
 */
export class NotDoneError extends Error {
  override readonly name = 'NotDoneError'
}

/**
 * Error that a job throws when a service asks it to come back later, because it has too many calls. The job is tried again
 * then, and the attempt does not count. This holds for 3 days after the first such error of a job. After that, the error is a
 * failure like any other.
 *
 * A job need not throw it for a call through `services`, or with an AWS SDK: `services.http` throws it for the answers 429
 * and 503 with `retry-after`, and an AWS error that means throttling counts as this error. With `onCrash: 'dead-letter'` the
 * outcome is unknown, unless the job throws a `NotDoneError` with this error as its `cause`.
 *
 * @example
 * throw new RetryAfterError(30, 'the bank has too many calls')
 */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError'
  /**
   * Shortest wait in seconds, from 0 to 39,600 (11 hours).
   * @default - about as long as the job has waited so far, from a second to an hour
   */
  readonly seconds?: number

  /** Creates the error. A wait out of the range counts as the nearest in it, and what is not a number as none. */
  constructor(seconds?: number, message = 'the service has too many calls', options?: ErrorOptions) {
    super(message, options)
    this.seconds = seconds
  }
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
 * Error of a change that can never be committed as it is, so nothing was written. Examples are a value that does not fit its
 * schema, more than 100 writes, an item of more than 400 KiB, and two writes to an item.
 */
export class ChangeRefusedError extends Error {
  override readonly name = 'ChangeRefusedError'
  /** Problems of the change; at least one. */
  readonly problems: readonly {
    /** Path to the field: `items.0.price`; `''` for the change as a whole. */
    readonly path: string
    /** Description of the problem, in one sentence. */
    readonly message: string
  }[]

  /** Creates the error. Without `problems` it has one problem: the message, for the change as a whole. */
  constructor(
    message: string,
    { problems, ...options }: ErrorOptions & Partial<Pick<ChangeRefusedError, 'problems'>> = {},
  ) {
    super(message, options)
    this.problems = problems ?? [{ path: '', message }]
  }
}

/** Error of a change for a batch that does not exist, or that is sealed. Nothing was written. */
export class BatchRefusedError extends ChangeRefusedError {
  /** Reason: the batch does not exist (`unknown`), or it takes no more members (`sealed`). */
  readonly reason: 'unknown' | 'sealed'

  /** Creates the error. */
  constructor(reason: BatchRefusedError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Error of an invalid definition: a job type, record type, command, lane, schedule, route or application. It is thrown when
 * the module is loaded, and so at synth. Its message is one line that names the definition, the value and what is allowed.
 */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'

  /** Creates the error. Whatever value the message quotes, it is one line. */
  constructor(message: string, options?: ErrorOptions) {
    super(message.toWellFormed().replace(/\s+/g, ' '), options)
  }
}

/** The tables did not take the change in time: conflicts or throttling. Nothing was written; the same change may succeed later. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
}

export { errorLine } from '../lib/error-line.ts'
