/** The type of a job, its requests, and the change that its run returns. They refer to each other, so they share a file. */
import type { ZodType, z } from 'zod'
import type { Backoff } from './backoff.ts'
import type { RecordWrite } from './record.ts'
import type { Services } from './services.ts'

/** What an attempt is told, and what it may use. */
export interface JobContext {
  readonly jobId: string
  /** The attempt that this is, from 1. It counts on after a redrive. */
  readonly attempt: number
  /** The same on every attempt of the job: the idempotency key for calls to the outside. */
  readonly effectKey: string
  /** Aborted when the time limit is over. Hand it to every outside call. */
  readonly signal: AbortSignal
  readonly now: Date
  readonly services: Services
}

export interface JobSettings<S extends ZodType> {
  /** Names the job type; its file is named after it. */
  readonly type: string
  readonly schema: S
  /**
   * Version of the payload's shape, a whole number from 1. Raise it when an old payload no longer fits the schema, and say
   * in `upgrade` how to bring it up.
   * @default 1
   */
  readonly version?: number
  /** Turns a payload of an older version into one that fits the schema. Without it an old payload must fit as it is. */
  upgrade?(payload: unknown, fromVersion: number): unknown
  /** @default 'default' */
  readonly lane?: string
  /**
   * Attempts until the job is dead, 1 to 25, counted when they start, so that one that kills its process counts too.
   * @default 5
   */
  readonly maxAttempts?: number
  /** @default from 1 s, doubling, at most 15 min */
  readonly backoff?: Backoff
  /**
   * Longest run of one attempt, in whole seconds, 1 to 898; it must be at least 2 s below its lane's timeout.
   * @default 10
   */
  readonly timeLimitSeconds?: number
  /**
   * What follows when nobody knows what an attempt did outside: its process died, it threw, or its time was over.
   * `retry`: run again, with the same effect key. `dead-letter`: never run twice; the job is dead and a person decides.
   * Only a `NotDoneError`, by which the job says that nothing has happened, is tried again then.
   * @default 'retry'
   */
  readonly onCrash?: 'retry' | 'dead-letter'
  /** Jobs of one group run one after the other; needs an ordered lane. 1 to 64 of `A-Z a-z 0-9 _ . : @ + = -`; encode anything else. */
  group?(payload: z.infer<S>): string
  /**
   * On a standard lane, no tenant's backlog holds up the jobs of another. Any text; one that SQS does not take as it is
   * is hashed, an empty one is none.
   */
  tenant?(payload: z.infer<S>): string | undefined
  /**
   * Payload fields that logs and the console do not show: `email`, `customer.email`. A path goes through every element of
   * a list (`items.note`), and `*` stands for every name of a record. A field that the schema does not have is refused.
   * @default - all fields are shown
   */
  readonly redact?: readonly string[]
  /**
   * One attempt. What it returns is committed together with the job's completion, exactly once. What it does outside
   * may be repeated, if the process dies between the call and the commit.
   * Throw to be tried again later; throw a `PermanentError` when trying again is useless.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a job that only does something outside returns nothing
  run(payload: z.infer<S>, context: JobContext): Promise<Change | void> | Change | void
}

/** A job type with its defaults filled in. */
export type JobType<S extends ZodType = ZodType> = Required<Omit<JobSettings<S>, 'upgrade' | 'group' | 'tenant'>> &
  Pick<JobSettings<S>, 'upgrade' | 'group' | 'tenant'>

export interface JobOptions {
  /** Another lane than the type's own. */
  readonly lane?: string
  readonly group?: string
  readonly tenant?: string
  /** Earliest start. At most one year ahead, and at most a minute back; for the job of a job, a time that has passed means now. */
  readonly runAt?: Date
}

/** A job that a change causes. */
export interface JobRequest extends JobOptions {
  readonly job: JobType
  readonly payload: unknown
  /**
   * A UUID, after `<group>~` where the job has a group (`jobId`).
   * @default - follows from the change's own id and the place in its list
   */
  readonly id?: string
}

/**
 * What a command or a job wants to be true: records written, jobs caused. It is only said here; one commit writes all
 * of it in one transaction, or nothing.
 */
export interface Change {
  readonly records?: readonly RecordWrite[]
  readonly jobs?: readonly JobRequest[]
}
