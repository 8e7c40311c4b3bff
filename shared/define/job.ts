/** A job type: its schema, its limits and its code. */
import type { ZodType, z } from 'zod'
import { type Ids, jobId } from '../lib/id.ts'
import type { Change } from '../outbox/change.ts'
import { type Backoff, backoffProblem } from './backoff.ts'
import { DefinitionError } from './errors.ts'
import { aFunction, anObject, aSchema, checked, named, oneOf, optional, type Rules, whole } from './options.ts'
import { paths, redactProblem } from './redact-paths.ts'
import type { Services } from './services.ts'
import { fitTenant } from './tenant.ts'

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
  const type = checked('Job type', settings, jobRules, 'type') as JobType<S>
  const problem = backoffProblem(type.backoff, type.maxAttempts) ?? redactProblem(type.redact, type.schema)
  if (problem) throw new DefinitionError(`Job type "${type.type}": ${problem}.`)
  return type
}

/** The rules for the options of `defineJob`. */
const jobRules: Rules<JobSettings<ZodType>> = {
  type: named(64),
  schema: aSchema,
  version: optional(whole(1, Number.MAX_SAFE_INTEGER), 1),
  upgrade: optional(aFunction),
  lane: optional(named(20), 'default'),
  maxAttempts: optional(whole(1, 25), 5),
  backoff: optional(anObject, { baseSeconds: 1, capSeconds: 900 }),
  timeLimitSeconds: optional(whole(1, 898), 10),
  onCrash: optional(oneOf('retry', 'dead-letter'), 'retry'),
  group: optional(aFunction),
  tenant: optional(aFunction),
  redact: optional(paths, []),
  run: aFunction,
}

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

/** Asks for a job, in the change that a command or another job returns. */
export function request<S extends ZodType>(job: JobType<S>, payload: z.input<S>, options: JobOptions = {}): JobRequest {
  return { job, payload, ...options }
}

/** Gives every job of a change the id that follows from the change's own: the same change, the same ids. */
export function withIds(jobs: readonly JobRequest[], changeId: string, ids: Ids): (JobRequest & { id: string })[] {
  return jobs.map((job, index) => ({ ...job, id: job.id ?? jobId(ids.derive(changeId, 'job', index), groupOf(job)) }))
}

/** The group of a requested job: the caller's, or the one its type reads from the payload; nothing where that cannot be read. */
export function groupOf(job: JobRequest): string | undefined {
  return job.group ?? textOf(readGroup(job))
}

/**
 * The tenant of a requested job: the caller's, or the one its type reads from the payload. That one comes from data (a
 * company's name), and it is a hint only: what SQS does not take is hashed, and an empty one is none.
 */
export function tenantOf(job: JobRequest): string | undefined {
  if (job.tenant !== undefined) return job.tenant
  const tenant = textOf(readTenant(job))
  return tenant === undefined || tenant === '' ? undefined : fitTenant(tenant)
}

/** What a function of a job type read from a payload, or why it could not. */
export type FromPayload = { readonly value: unknown } | { readonly error: unknown }

/** What the type's `group` says of the payload. */
export function readGroup({ job, payload }: Pick<JobRequest, 'job' | 'payload'>): FromPayload {
  return read(job, payload, job.group)
}

/** What the type's `tenant` says of the payload. */
export function readTenant({ job, payload }: Pick<JobRequest, 'job' | 'payload'>): FromPayload {
  return read(job, payload, job.tenant)
}

function textOf(from: FromPayload): string | undefined {
  return 'value' in from && typeof from.value === 'string' ? from.value : undefined
}

/** Job types read from payloads as `run` gets them, with defaults filled in; from one that does not fit, nothing. */
function read(job: JobType, payload: unknown, from: ((payload: unknown) => unknown) | undefined): FromPayload {
  try {
    const parsed = from && job.schema.safeParse(payload)
    return { value: parsed?.success ? from?.(parsed.data) : undefined }
  } catch (error) {
    return { error }
  }
}
