/** The type of a job, its requests, and the change that its run returns. They refer to each other, so they share a file. */
import type { ZodType, z } from 'zod'
import type { Backoff } from './backoff.ts'
import type { Debounce } from './debounce.ts'
import type { RateLimit } from './rate-limit.ts'
import type { RecordWrite } from './record.ts'
import type { Services } from './services.ts'
import type { Unique } from './unique.ts'

/** Progress of an attempt, for people: a percent, a message, or both. */
export interface Progress {
  /**
   * Share of the work that is done, 0 to 100.
   * @default - not shown
   */
  readonly percent?: number
  /**
   * Description of what the attempt is doing: 1 to 200 characters. Values that the job type redacts are hidden.
   * @default - not shown
   */
  readonly message?: string
}

/** Values and services of an attempt. */
export interface JobContext {
  /** Id of the job: a UUID, after `<group>~` if the job has a group. */
  readonly jobId: string
  /** Number of the attempt, from 1. It keeps counting after a redrive. */
  readonly attempt: number
  /** Idempotency key for calls to the outside. It is the same on every attempt of the job. */
  readonly effectKey: string
  /** Signal that is aborted when the time limit is over. Pass it to every outside call. */
  readonly signal: AbortSignal
  /** Time at which the attempt started. */
  readonly now: Date
  /** Services that the job uses for everything outside of its change. */
  readonly services: Services
  /**
   * Reports how far the attempt is. It may be called at any rate: the latest report is written once a second, for 1 write
   * unit. If another attempt has taken the job meanwhile, `signal` is aborted. A report after the end of the attempt is
   * dropped, and a line of the log says so.
   *
   * @throws TypeError when the report has no percent and no message, or one out of range
   */
  progress(report: Progress): void
  /**
   * Reads the members of a batch that have started, with their results, page by page: for a callback that makes something of
   * them. The members are in the order in which they were added.
   *
   * @throws TypeError when the page is not valid; Error when the batch does not exist
   * @example
   * let sum = 0
   * for (let page = await members(batchId); ; page = await members(batchId, { after: page.next })) {
   *   for (const { result } of page.members) sum += (result as { amount: number }).amount
   *   if (page.next === undefined) break
   * }
   */
  members(batchId: string, page?: MemberPageOptions): Promise<BatchMembers>
}

/** Page of the members of a batch. */
export interface MemberPageOptions {
  /**
   * `next` of the page before.
   * @default - the first page
   */
  readonly after?: string
  /**
   * Most members of the page, 1 to 100. A page may have fewer and yet not be the last.
   * @default 100
   */
  readonly limit?: number
}

/** Members of a batch, as `JobContext.members` reads them. */
export interface BatchMembers {
  /** Members that have started. */
  readonly members: readonly {
    /** Id of the job. */
    readonly id: string
    /** Name of the job type. */
    readonly type: string
    /** State of the job. */
    readonly status: 'running' | 'retrying' | 'succeeded' | 'dead' | 'cancelled'
    /**
     * Result of a job that succeeded. Redacted fields are not hidden.
     * @default - the job returned none
     */
    readonly result?: unknown
    /**
     * Last error of a dead job.
     * @default - the job is not dead
     */
    readonly error?: string
  }[]
  /**
   * Start of the next page.
   * @default - this page is the last
   */
  readonly next?: string
}

/** Options of `defineJob`. */
export interface JobSettings<S extends ZodType> {
  /** Name of the job type: 1 to 64 of `a-z 0-9 -`, beginning with a letter. The application has each name once. */
  readonly type: string
  /** Schema of the payload (zod 4). The payload must be JSON; `run` gets the parsed value. */
  readonly schema: S
  /**
   * Version of the payload's shape: a whole number from 1. Raise it when old payloads no longer fit the schema, and add
   * `upgrade`.
   * @default 1
   */
  readonly version?: number
  /**
   * Converts a payload of an older version to one that fits the schema.
   * @default - an old payload must fit the schema as it is
   */
  upgrade?(payload: unknown, fromVersion: number): unknown
  /**
   * Name of the lane on which jobs of this type run: 1 to 20 of `a-z 0-9 -`, beginning with a letter.
   * @default 'default'
   */
  readonly lane?: string
  /**
   * Number of attempts until the job is dead, 1 to 25. An attempt counts when it starts, also if it kills its process. It
   * does not count if its process died while other jobs ran there too: a job that must run at most once needs `onCrash`.
   * @default 5
   */
  readonly maxAttempts?: number
  /**
   * Waits between attempts, in seconds.
   * @default { baseSeconds: 1, capSeconds: 900 }
   */
  readonly backoff?: Backoff
  /**
   * Time limit of one attempt: whole seconds, 1 to 898. It must be at least 2 s below the timeout of its lane.
   * @default 10
   */
  readonly timeLimitSeconds?: number
  /**
   * Consequence of an attempt whose outcome is unknown: its process died, it threw, or its time limit was over.
   * `retry` runs the job again, with the same effect key. `dead-letter` never runs it twice automatically: the job is dead,
   * and a person decides. Only after a `NotDoneError` is such a job tried again.
   * @default 'retry'
   */
  readonly onCrash?: 'retry' | 'dead-letter'
  /**
   * Limits how many attempts start in a time, over all consumers and lanes: for a service that takes 14 calls a second, or 5
   * a second for each customer. Waiting uses up no attempt.
   * @default - not limited
   */
  readonly rateLimit?: RateLimit<z.infer<S>>
  /**
   * Lets one job of a key stand at a time: for "synchronize this user", which need not wait in the queue fifty times. A
   * request for another one is merged into it.
   * @default - each request creates a job
   */
  readonly unique?: Unique<z.infer<S>>
  /**
   * Runs one job so many seconds after the last request of a key, with the last payload: for "index this document", which is
   * saved every second. Needs a standard lane, and excludes `unique`. Such a job takes no `runAt`.
   * @default - each request creates a job
   */
  readonly debounce?: Debounce<z.infer<S>>
  /**
   * Returns the group of a job: 1 to 64 of `A-Z a-z 0-9 _ . : @ + = -`; encode other text. Jobs of one group run one after
   * the other. Needs an ordered lane.
   * @default - only the caller can name a group, with `JobOptions.group`
   */
  group?(payload: z.infer<S>): string
  /**
   * Returns the tenant of a job: any text. On a standard lane, the backlog of one tenant does not hold up the jobs of
   * another. A text that SQS does not accept as a message group is hashed; an empty text means no tenant.
   * @default - only the caller can name a tenant, with `JobOptions.tenant`
   */
  tenant?(payload: z.infer<S>): string | undefined
  /**
   * Paths of payload fields that the API, errors and logs do not show: `email`, `customer.email`. A path goes through every
   * element of a list (`items.note`), and `*` stands for every name of a `z.record()`. The schema must have the field.
   * @default - all fields are shown
   */
  readonly redact?: readonly string[]
  /**
   * Runs one attempt. The change that it returns is committed together with the job's completion, exactly once. Outside
   * calls may be repeated, if the process dies between the call and the commit. If the change can never be committed, the job
   * is dead.
   *
   * @throws PermanentError when another attempt is useless; after any other error the job is tried again (see `onCrash`)
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a job that only does something outside returns nothing
  run(payload: z.infer<S>, context: JobContext): Promise<JobChange | void> | JobChange | void
}

/** A job type: what `defineJob` returns. It is the settings with their defaults filled in. */
export type JobType<S extends ZodType = ZodType> = Required<
  Omit<JobSettings<S>, 'upgrade' | 'group' | 'tenant' | 'rateLimit' | 'unique' | 'debounce'>
> &
  Pick<JobSettings<S>, 'upgrade' | 'group' | 'tenant' | 'rateLimit' | 'unique' | 'debounce'>

/** Options of a single job, for `request`. */
export interface JobOptions {
  /**
   * Name of a lane of the application. Its timeout must be at least 2 s above the time limit of the job type.
   * @default - the lane of the job type
   */
  readonly lane?: string
  /**
   * Group of the job: 1 to 64 of `A-Z a-z 0-9 _ . : @ + = -`. An ordered lane needs a group; a standard lane refuses it.
   * @default - the group that the job type reads from the payload, if it does
   */
  readonly group?: string
  /**
   * Tenant of the job: 1 to 128 printable ASCII characters without spaces.
   * @default - the tenant that the job type reads from the payload, if it does
   */
  readonly tenant?: string
  /**
   * Earliest start: at most 366 days ahead and one minute back. For a job that a job requests, a time that has passed means
   * now.
   * @default - now
   */
  readonly runAt?: Date
}

/** A requested job, as a change carries it. `request` creates it. */
export interface JobRequest extends JobOptions {
  /** Type of the job. */
  readonly job: JobType
  /** Payload of the job: JSON that fits the schema of the type. */
  readonly payload: unknown
  /**
   * Id of the job: a UUID in lower case, after `<group>~` if the job has a group.
   * @default - derived from the id of the change and the position in `jobs`
   */
  readonly id?: string
}

/** Job that an event of a batch causes. `callback` creates it. */
export interface BatchCallback extends Omit<JobOptions, 'runAt'> {
  /** Type of the job. Its schema has a field `batch`, for the counts. */
  readonly job: JobType
  /** Payload of the job, without `batch`. */
  readonly payload: object
}

/** Options of `batch`. */
export interface BatchOptions {
  /**
   * Members of the batch.
   * @default - none yet; then the batch must be open
   */
  readonly jobs?: readonly JobRequest[]
  /**
   * Permission to add members until the batch is sealed.
   * @default false
   */
  readonly open?: boolean
  /**
   * Job to cause once every member has ended: succeeded, dead or cancelled.
   * @default - none
   */
  readonly onFinished?: BatchCallback
  /**
   * Job to cause once every member has succeeded. After a dead member, a redrive may still bring this about.
   * @default - none
   */
  readonly onSucceeded?: BatchCallback
  /**
   * Id of the batch: a UUID in lower case that no other batch has.
   * @default - a new id
   */
  readonly id?: string
}

/** Creation of a batch, in a change: what `batch` returns. */
export interface BatchCreation extends BatchOptions {
  readonly kind: 'create'
}

/** Addition of members to an open batch, in a change: what `addToBatch` returns. */
export interface BatchAddition {
  readonly kind: 'add'
  /** Id of the batch. */
  readonly id: string
  /** Members to add: 1 to 100. */
  readonly jobs: readonly JobRequest[]
}

/** Seal of a batch, in a change: what `sealBatch` returns. */
export interface BatchSeal {
  readonly kind: 'seal'
  /** Id of the batch. */
  readonly id: string
}

/** Part of a change that creates a batch, adds members to one, or seals one. */
export type BatchRequest = BatchCreation | BatchAddition | BatchSeal

/**
 * Records and jobs that are written in one transaction: all of them or none. A change has 1 to 100 writes; one that a job
 * returns has 0 to 99. An item has at most 400 KiB, and all items together at most 4 MiB.
 */
export interface Change {
  /**
   * Writes of records. No two of them may write the same record.
   * @default - none
   */
  readonly records?: readonly RecordWrite[]
  /**
   * Jobs that run after the commit.
   * @default - none
   */
  readonly jobs?: readonly JobRequest[]
  /**
   * Batches to create, to add members to, or to seal: `batch`, `addToBatch` and `sealBatch` create them. A new batch is two
   * writes of its own, an addition and a seal are one each.
   * @default - none
   */
  readonly batches?: readonly BatchRequest[]
}

/** The change that a job returns, and its result. */
export interface JobChange extends Change {
  /**
   * Result of the job, for its readers: JSON of at most 4 KiB. It is committed with the change and shown by
   * `GET /jobs/{id}`; fields that the job type redacts are hidden there. It is kept for 60 days.
   * @default - no result
   */
  readonly result?: unknown
}
