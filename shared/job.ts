import type { ZodType, z } from 'zod'
import { type Backoff, backoffProblem } from './backoff.ts'
import type { Change } from './change.ts'
import { DefinitionError } from './errors.ts'
import { type Ids, jobId } from './id.ts'
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
   * Version of the payload's shape. Raise it when an old payload no longer fits the schema, and say in `upgrade` how to bring it up.
   * @default 1
   */
  readonly version?: number
  /** Turns a payload of an older version into one that fits the schema. Without it an old payload must fit as it is. */
  upgrade?(payload: unknown, fromVersion: number): unknown
  /** @default 'default' */
  readonly lane?: string
  /**
   * Attempts until the job is dead, counted when they start, so that one that kills its process counts too.
   * @default 5
   */
  readonly maxAttempts?: number
  /** @default from 1 s, doubling, at most 15 min */
  readonly backoff?: Backoff
  /**
   * Longest run of one attempt, in seconds; it must fit into its lane's timeout.
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
  /** Jobs of one group run one after the other; needs an ordered lane. */
  group?(payload: z.infer<S>): string
  /** On a standard lane, no tenant's backlog holds up the jobs of another. */
  tenant?(payload: z.infer<S>): string | undefined
  /** Payload fields that logs and the console do not show. */
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

/**
 * Defines a job type: shape, policy and what to do. One file each, and one entry in the `jobs` of the application.
 *
 * @example
 * export default defineJob({
 *   type: 'send-receipt',
 *   schema: z.object({ orderId: z.string(), email: z.email() }),
 *   async run({ orderId, email }, { services, effectKey, signal }) {
 *     await services.mail.send({ to: email, subject: `Your order ${orderId}`, text: '…', idempotencyKey: effectKey }, signal)
 *   },
 * })
 */
export function defineJob<S extends ZodType>(settings: JobSettings<S>): JobType<S> {
  const type = {
    version: 1,
    lane: 'default',
    maxAttempts: 5,
    backoff: { baseSeconds: 1, capSeconds: 900 },
    timeLimitSeconds: 10,
    onCrash: 'retry' as const,
    redact: [],
    ...settings,
  }
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(type.type)) {
    throw new DefinitionError(
      `Job type "${type.type}": a name has 1 to 64 of a-z, 0-9 and -, and starts with a letter.`,
    )
  }
  if (!(Number.isInteger(type.maxAttempts) && type.maxAttempts >= 1 && type.maxAttempts <= 25)) {
    throw new DefinitionError(
      `Job type "${type.type}": maxAttempts is ${type.maxAttempts}, not a whole number from 1 to 25.`,
    )
  }
  const problem = backoffProblem(type.backoff, type.maxAttempts)
  if (problem) throw new DefinitionError(`Job type "${type.type}": ${problem}.`)
  return type
}

export interface JobOptions {
  /** Another lane than the type's own. */
  readonly lane?: string
  readonly group?: string
  readonly tenant?: string
  /** Earliest start. At most one year ahead. */
  readonly runAt?: Date
}

/** A job that a change causes. */
export interface JobRequest extends JobOptions {
  readonly job: JobType
  readonly payload: unknown
  /** Follows from the change's own id and the place in its list, unless given. */
  readonly id?: string
}

/** Asks for a job, in the change that a command or another job returns. */
export function request<S extends ZodType>(job: JobType<S>, payload: z.input<S>, options: JobOptions = {}): JobRequest {
  return { job, payload, ...options }
}

/** Gives every job of a change the id that follows from the change's own: the same change, the same ids. */
export function withIds(jobs: readonly JobRequest[], changeId: string, ids: Ids): (JobRequest & { id: string })[] {
  return jobs.map((job, index) => ({ ...job, id: job.id ?? jobId(ids.derive(changeId, 'job', index), groupOf(job)) }))
}

/** The group of a requested job: the caller's, or the one its type reads from the payload. */
export function groupOf({ job, payload, group }: JobRequest): string | undefined {
  return group ?? read(job, payload, job.group)
}

/** The tenant of a requested job: the caller's, or the one its type reads from the payload. */
export function tenantOf({ job, payload, tenant }: JobRequest): string | undefined {
  return tenant ?? read(job, payload, job.tenant)
}

/** Job types read from payloads as `run` gets them, with defaults filled in; from one that does not fit, nothing. */
function read<T>(job: JobType, payload: unknown, from: ((payload: unknown) => T) | undefined): T | undefined {
  const parsed = from && job.schema.safeParse(payload)
  return parsed?.success ? from?.(parsed.data) : undefined
}
