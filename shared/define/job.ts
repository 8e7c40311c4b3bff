/** A job type: its schema, its limits and its code. */
import type { ZodType, z } from 'zod'
import { type Ids, jobId } from '../lib/id.ts'
import { backoffProblem } from './backoff.ts'
import { debounceProblem, keyOfDebounce } from './debounce.ts'
import { DefinitionError } from './errors.ts'
import type { JobContext, JobOptions, JobRequest, JobSettings, JobType } from './job-type.ts'
import { aFunction, anObject, aSchema, checked, named, oneOf, optional, type Rules, whole } from './options.ts'
import { keyOfLimit, rateLimitProblem } from './rate-limit.ts'
import { paths, redactProblem } from './redact-paths.ts'
import { fitTenant } from './tenant.ts'
import { keyOfUnique, uniqueProblem } from './unique.ts'

export type { JobContext, JobOptions, JobRequest, JobSettings, JobType }

/**
 * Defines a job type. Write one file per job type, and add it to the `jobs` of the application.
 *
 * @throws DefinitionError when the module is loaded, and so at synth: an option is missing, unknown or out of range
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
  const problem =
    backoffProblem(type.backoff, type.maxAttempts) ??
    redactProblem(type.redact, type.schema) ??
    rateLimitProblem(type.rateLimit) ??
    uniqueProblem(type.unique) ??
    debounceProblem(type.debounce, type.unique)
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
  rateLimit: optional(anObject),
  unique: optional(anObject),
  debounce: optional(anObject),
  group: optional(aFunction),
  tenant: optional(aFunction),
  redact: optional(paths, []),
  run: aFunction,
}

/**
 * Requests a job, in the change of a commit, a command or another job. The job runs after the change is committed. The
 * payload and the options are checked when the change is committed.
 *
 * @example
 * const change = {
 *   records: [create(order, { id, email, total })],
 *   jobs: [request(sendReceipt, { orderId: id, email }, { runAt: tomorrow })],
 * }
 */
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

/** The unique key of a requested job; nothing if it has none. */
export function uniqueKeyOf(job: JobRequest): string | undefined {
  return textOf(readUniqueKey(job))
}

/** Seconds that a requested job waits for another request of its key; `undefined` if it is not debounced. */
export function debounceOf(job: JobRequest): number | undefined {
  return job.job.debounce && uniqueKeyOf(job) !== undefined ? job.job.debounce.seconds : undefined
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

/** The key of the job under its type's rate limit. */
export function readLimitKey({ job, payload }: Pick<JobRequest, 'job' | 'payload'>): FromPayload {
  const { rateLimit } = job
  return read(job, payload, rateLimit && ((parsed) => keyOfLimit(rateLimit, parsed)))
}

/** The unique key of the job, or its key under a debounce. */
export function readUniqueKey({ job, payload }: Pick<JobRequest, 'job' | 'payload'>): FromPayload {
  const { unique, debounce } = job
  if (debounce) return read(job, payload, (parsed) => keyOfDebounce(debounce, parsed))
  return read(job, payload, unique && ((parsed) => keyOfUnique(unique, parsed)))
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
