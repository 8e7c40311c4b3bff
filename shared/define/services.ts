/** Services: what a job may use of the outside world. */
import type { RecordType } from './record.ts'

/** What a job may use of the outside world. Everything impure a job does goes through here, so that a test can stand in for it. */
export interface Services {
  readonly mail: Mailer
  readonly records: RecordReader
  readonly http: Http
  readonly secrets: Secrets
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
  /**
   * Reads the records of a partition whose sort key starts with a prefix, in order of that key; or those of a list (see
   * `RecordType.listed`), which may lack the commits of the last second.
   */
  list<T extends object>(
    record: RecordType<T, never>,
    range: (PartitionRange | ListRange) & {
      /** `next` of the page before. */
      readonly after?: string | undefined
      readonly limit: number
    },
  ): Promise<{ readonly values: readonly T[]; readonly next?: string }>
}

export interface PartitionRange {
  readonly pk: string
  readonly prefix?: string
  /** The other way round. @default false */
  readonly newestFirst?: boolean
}

export interface ListRange {
  readonly listed: string
}

/** A POST to somebody else's server. */
export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PostAnswer {
  readonly status: number
  /** The beginning of the answer's body, at most a few KiB. */
  readonly text: string
}

export interface Http {
  /**
   * Posts, and gives back whatever status is answered; redirects are not followed.
   *
   * @throws PermanentError when the address can never be posted to: not https, a private address, a user name in it
   * @throws Error when nothing was answered in time. It may have arrived all the same (an answer can be lost)
   */
  post(request: Post, signal: AbortSignal): Promise<PostAnswer>
}

export interface Secrets {
  /** 32 random bytes. */
  fresh(): Uint8Array
  /** Makes a secret of at most 4 KiB fit to be stored in a record. */
  seal(secret: string, context: EncryptionContext): Promise<string>
  /**
   * Reads a secret that was sealed, or was stored before there was a key to seal with.
   *
   * @throws PermanentError when it was sealed for another encryption context, or changed since
   */
  open(sealed: string, context: EncryptionContext): Promise<string>
}

/**
 * Whose a secret is, such as `{webhook: id}`: it opens only with the same again, so one that is copied into another's
 * record is of no use. It is no secret itself: CloudTrail shows it.
 */
export type EncryptionContext = Readonly<Record<string, string>>
