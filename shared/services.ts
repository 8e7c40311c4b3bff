import type { RecordType } from './record.ts'

/** What a job may use of the outside world. Everything impure a job does goes through here, so that a test can stand in for it. */
export interface Services {
  readonly mail: Mailer
  readonly records: RecordReader
}

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** The effect key of the job: the same on every try, so that a receiver can tell a repetition. */
  readonly idempotencyKey: string
}

export interface Mailer {
  /** Sends a mail, or throws. It may have been sent although it threw (an answer can be lost). */
  send(mail: Mail, signal: AbortSignal): Promise<void>
}

export interface RecordReader {
  /** Reads one record, as of the last commit. */
  get<T extends object, K>(record: RecordType<T, K>, identity: K): Promise<T | undefined>
  /** Reads the records of a partition whose sort key starts with a prefix, in order. */
  list<T extends object>(
    record: RecordType<T, never>,
    range: { readonly pk: string; readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<{ readonly values: readonly T[]; readonly next?: string }>
}
