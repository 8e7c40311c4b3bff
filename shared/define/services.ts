/** Services: what a job may use of the outside world. */
import type { RecordKey, RecordType } from './record.ts'

/** Services of a job. A job calls the outside through them, so that a test can replace them. */
export interface Services {
  /** Sender of mails. */
  readonly mail: Mailer
  /** Reader of the records table. */
  readonly records: RecordReader
  /** Client for HTTP requests to other servers. */
  readonly http: Http
  /** Encryption of secrets that are stored in records. */
  readonly secrets: Secrets
}

/** A mail. */
export interface Mail {
  /** Address of the receiver. */
  readonly to: string
  /** Subject. Line breaks in it become spaces. */
  readonly subject: string
  /** Body as plain text. */
  readonly text: string
  /**
   * Body as HTML, in addition to the text.
   * @default - none
   */
  readonly html?: string
  /** Effect key of the job (`JobContext.effectKey`). SES gets it as a tag, which shows the mails of one job. */
  readonly idempotencyKey: string
}

/** Sender of mails, with Amazon SES. On a stage without `mailSender` mails are logged and not sent. */
export interface Mailer {
  /**
   * Sends a mail.
   *
   * @throws Error when SES does not confirm the mail. The mail may have been sent, if SES's answer was lost
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>
}

/** Reader of the records table. */
export interface RecordReader {
  /**
   * Reads one record by its key, as of the last commit; `undefined` if it does not exist.
   *
   * @throws ChangeRefusedError when the identity makes no valid key
   * @throws ZodError when the stored record does not fit the schema
   */
  get<T extends object, K>(record: RecordType<T, K>, identity: K): Promise<T | undefined>
  /**
   * Reads a page of records: of a partition, in the order of their sort keys, or of a list (`RecordType.listed`), in the order
   * of their partition keys. A partition is read as of the last commit; a list may lack the commits of the last second.
   * Records of other types are left out if they do not fit the schema.
   *
   * @throws ZodError when a stored record of the type does not fit the schema, unless `skipUnreadable` is set
   * @throws Error when a list is read and the table has no index `listed`
   */
  list<T extends object>(
    record: RecordType<T, never>,
    range: (PartitionRange | ListRange) & {
      /**
       * Place after which the page starts: `next` of the page before.
       * @default - the first page
       */
      readonly after?: string | undefined
      /** Most items to read, from 1. A page may have fewer records, even none, and still have a `next`. */
      readonly limit: number
      /**
       * Leaves out stored records that do not fit the schema, for example after a change of the schema, and names them in
       * `unreadable`. For lists that people look at: one record must not take the whole list away. A job that works through
       * all records needs the error.
       * @default false
       */
      readonly skipUnreadable?: boolean
    },
  ): Promise<{
    /** Records of the page. */
    readonly values: readonly T[]
    /**
     * Keys of the records that `skipUnreadable` left out.
     * @default - none was left out
     */
    readonly unreadable?: readonly RecordKey[]
    /**
     * Place of the next page, for `after`.
     * @default - this is the last page
     */
    readonly next?: string
  }>
}

/** Range of records in one partition of the records table. */
export interface PartitionRange {
  /** Partition key. */
  readonly pk: string
  /**
   * Beginning of the sort keys.
   * @default - all records of the partition
   */
  readonly prefix?: string
  /**
   * Reverses the order of the sort keys.
   * @default false
   */
  readonly newestFirst?: boolean
}

/** Range of records in one list. */
export interface ListRange {
  /** Name of the list, as `RecordType.listed` returns it. */
  readonly listed: string
}

/** An HTTP POST request to another server. */
export interface Post {
  /**
   * URL: `https`, a public host, port 443 or 8443, and no user name or password. A stage with `allowPrivateWebhooks` also
   * allows `http`, private hosts and other ports.
   */
  readonly url: string
  /** Headers of the request. The client sets `content-length`. */
  readonly headers: Readonly<Record<string, string>>
  /** Body of the request. */
  readonly body: string
}

/** The answer of a server to a POST request. */
export interface PostAnswer {
  /** HTTP status, of success or failure. */
  readonly status: number
  /** Beginning of the body, at most 4 KiB. */
  readonly text: string
}

/**
 * Client for HTTP requests to other servers. It connects to public addresses only, against server-side request forgery. A
 * stage with `allowPrivateWebhooks` also allows private addresses.
 */
export interface Http {
  /**
   * Sends a POST request, and returns the answer with any other status. Redirects are not followed. The time limit is 15 s.
   *
   * @throws RetryAfterError when the answer is 429, or 503 with the header `retry-after`
   * @throws PermanentError when the URL is not allowed on this stage (see `Post.url`)
   * @throws Error when no answer came. The request may have arrived
   */
  post(request: Post, signal: AbortSignal): Promise<PostAnswer>
}

/** Encryption of secrets with the KMS key of the stage (`secretsKey`). */
export interface Secrets {
  /** Creates a new secret of 32 random bytes. */
  fresh(): Uint8Array
  /**
   * Encrypts a secret of 1 byte to 4 KiB, so that it can be stored in a record.
   *
   * @throws ChangeRefusedError when the stage has no key
   */
  seal(secret: string, context: EncryptionContext): Promise<string>
  /**
   * Decrypts a sealed secret.
   *
   * @throws PermanentError when it is not sealed, was sealed for another encryption context, or was changed
   * @throws Error when the stage no longer has a key
   */
  open(sealed: string, context: EncryptionContext): Promise<string>
}

/**
 * Owner of a secret, such as `{ webhook: id }`. A secret opens only with the context with which it was sealed, so a copy in
 * another record is useless. The context itself is not secret: CloudTrail shows it.
 */
export type EncryptionContext = Readonly<Record<string, string>>
