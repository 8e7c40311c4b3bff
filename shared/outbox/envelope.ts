/** The envelope of a job, as its outbox item and its message carry it. */
import * as z from 'zod'
import type { Member } from '../batch/planned.ts'
import { debounceOf, groupOf, type JobRequest, tenantOf, uniqueKeyOf } from '../define/job.ts'
import type { Lane } from '../define/lane.ts'
import type { Registry } from '../define/registry.ts'
import { tenantPattern } from '../define/tenant.ts'
import { bucketOf, groupPattern, jobIdPattern, outboxKey } from '../lib/id.ts'
import { expiresAfter } from '../lib/lifetimes.ts'
import { absent, type Item, type Write } from '../lib/write.ts'
import { jobIndexKeys } from './job-index.ts'
import { turnKey } from './turn.ts'

/**
 * Version of the shape below. What has another is set aside as malformed; its job is not lost: once the code that knows it
 * is there, the reconciler sends it again.
 */
export const envelopeVersion = 1

/** A time as `Date.toISOString()` writes it: times are compared as texts, so all of them have one form. */
export const timeSchema = z.iso.datetime({ precision: 3 })

/** Everything a consumer needs to know of a job. It is the body of the SQS message, so that a consumer reads nothing to start. */
export const envelopeSchema = z.object({
  v: z.literal(envelopeVersion),
  id: z.string().regex(jobIdPattern, 'is not a job id'),
  type: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  version: z.int().min(1),
  payload: z.unknown(),
  lane: z.string().min(1),
  group: z.string().regex(groupPattern).optional(),
  /** SQS takes it as a message group, and refuses nine others with one that it does not take. */
  tenant: z.string().regex(tenantPattern).optional(),
  /** The unique key that the job took when it was written. */
  uniqueKey: z.string().min(1).max(128).optional(),
  /** Of a member of a batch: its place there (`Member` in shared/batch/planned.ts). */
  batch: z.object({ id: z.string(), shard: z.int().min(0), member: z.int().min(0) }).optional(),
  runAt: timeSchema.optional(),
  /** Number of jobs between this one and a request from outside. */
  hops: z.int().min(0),
  /** W3C trace context of the request that caused the job. */
  traceparent: z.string().optional(),
  /** The record that was written with the job, or with the first of its chain: `order/0198…`. */
  record: z.string().optional(),
  /** The job that this one was made of, with another payload. */
  replayOf: z.string().optional(),
  createdAt: timeSchema,
  /** Of a message whose job waited in the outbox after its first receive: it does not queue for its rate limit again. */
  hasWaited: z.boolean().optional(),
})
export type Envelope = z.infer<typeof envelopeSchema>

export type Decoded =
  | { readonly kind: 'envelope'; readonly envelope: Envelope }
  | { readonly kind: 'malformed'; readonly reason: string }

/** Reads an envelope from the text of a message. */
export function decodeMessage(body: string): Decoded {
  try {
    return decode(JSON.parse(body))
  } catch {
    return { kind: 'malformed', reason: 'the message body is not JSON' }
  }
}

function decode(value: unknown): Decoded {
  const parsed = envelopeSchema.safeParse(value)
  return parsed.success ? { kind: 'envelope', envelope: parsed.data } : malformed(parsed.error)
}

/** Says what is wrong with an item or a message. */
export function malformed(error: z.ZodError): Extract<Decoded, { kind: 'malformed' }> {
  return { kind: 'malformed', reason: `not an envelope of version ${envelopeVersion}: ${z.prettifyError(error)}` }
}

/** When and under what a job is written. */
export interface Origin {
  readonly now: Date
  readonly hops: number
  readonly traceparent?: string
  /** The record that all of it is about: `order/0198…`. */
  readonly record?: string
  /** The job that it is made of, with another payload. */
  readonly replayOf?: string
  /** The place of that job in a batch, which it takes over. */
  readonly batch?: Member
  /** Seconds that the item is kept after its time to run. */
  readonly outboxLifetime: number
}

/** SQS delays a message by at most this long, in seconds; what is due later waits in the outbox, in the sparse index. */
export const longestDelay = 900

/** Partitions of the index of items that wait, against a hot key when many are written at once. */
export const dueBuckets = 4

/** Partition key of the index for the jobs of a bucket that wait. */
export function dueKey(bucket: number): string {
  return `due#${bucket}`
}

/** Partition key of the index for a job that waits. */
export function dueKeyOf(id: string): string {
  return dueKey(bucketOf(id, dueBuckets))
}

/** The place of a job among the jobs of its change, and in its batch. */
export interface ChangePlace {
  /** @default - it is no member of a batch */
  readonly batch?: Member
  /** From 0. */
  readonly seq: number
  /** Tells the changes of one millisecond apart. @default - the change has no other job */
  readonly change?: string
}

export type OutboxInsert = Extract<Write, { op: 'put' }>

/** The insert of a job's outbox item. */
export function outboxWrite(
  job: JobRequest & { readonly id: string },
  origin: Origin,
  registry: Registry,
  { seq, change, batch }: ChangePlace = { seq: 0 },
): OutboxInsert {
  const group = groupOf(job)
  const tenant = tenantOf(job)
  const lane = registry.lanes.get(job.lane ?? job.job.lane)
  const start = job.runAt ?? origin.now
  const runAt = job.runAt?.toISOString()
  const createdAt = origin.now.toISOString()
  const item = {
    ...outboxKey(job.id),
    v: envelopeVersion,
    id: job.id,
    type: job.job.type,
    version: job.job.version,
    // As text: any JSON comes back as it went in, which DynamoDB's own numbers do not promise.
    payload: JSON.stringify(job.payload),
    lane: lane?.name ?? job.lane,
    group,
    tenant,
    uniqueKey: uniqueKeyOf(job),
    batch: batch ?? origin.batch,
    runAt,
    ...waitingKeys(job.id, debounceOf(job) === undefined ? lane?.kind : 'debounced', start, origin.now),
    seq: seq > 0 ? seq : undefined,
    // A transaction reaches the stream in any order; the relay puts the jobs of a group back into theirs.
    change: group === undefined ? undefined : change,
    hops: origin.hops,
    traceparent: origin.traceparent,
    record: origin.record,
    replayOf: origin.replayOf,
    createdAt,
    ...jobIndexKeys(job.id, createdAt),
    expiresAt: expiresAfter(start, origin.outboxLifetime),
  }
  return { op: 'put', table: 'outbox', item: withoutUndefined(item), condition: absent }
}

/**
 * Keys of the sparse indexes, for a job that waits in the outbox. On an ordered lane each job with a time ahead waits:
 * in the queue it would hold up its group, where one that is written later may be due before it. A debounced job waits, so that
 * the next request can put it off.
 */
function waitingKeys(id: string, kind: Lane['kind'] | 'debounced' | undefined, start: Date, now: Date) {
  const reach = kind === 'ordered' || kind === 'debounced' ? 0 : longestDelay * 1000
  if (start.getTime() - now.getTime() <= reach) return {}
  const dueAt = start.toISOString()
  return {
    due: dueKeyOf(id),
    dueAt,
    turn: kind === 'ordered' ? turnKey.waiting(dueAt) : undefined,
    debounced: kind === 'debounced' ? true : undefined,
  }
}

function withoutUndefined(item: Record<string, unknown>): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))
}
