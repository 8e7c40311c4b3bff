/** Jobs as callers ask for them and see them. */
import * as z from 'zod'
import type { JobRequest } from '../../../../shared/define/job.ts'
import { shown } from '../../../../shared/define/options.ts'
import { redactedPayload } from '../../../../shared/define/redact.ts'
import type { Registry } from '../../../../shared/define/registry.ts'
import { failingSince } from '../../../../shared/execution/effect/failing.ts'
import { allowedAttempts } from '../../../../shared/execution/effect/lease.ts'
import { effectOf } from '../../../../shared/execution/effect/lives.ts'
import type { Effect } from '../../../../shared/execution/effect.ts'
import { statusOf } from '../../../../shared/execution/status.ts'
import { outboxKey } from '../../../../shared/lib/id.ts'
import type { Store } from '../../../../shared/lib/ports.ts'
import { decodeItem, type Envelope } from '../../../../shared/outbox/envelope.ts'
import { jobProblems, type Problem } from '../../../../shared/outbox/job-problem.ts'
import type { ApiDeps } from '../../deps.ts'

export const jobStatus = z.enum(['scheduled', 'pending', 'running', 'retrying', 'succeeded', 'dead', 'cancelled'])

/** What a caller gets who asked for a job. */
export const jobReceipt = z.object({ id: z.string(), type: z.string(), status: jobStatus })

export const jobView = z.object({
  ...jobReceipt.shape,
  lane: z.string(),
  group: z.string().optional(),
  tenant: z.string().optional(),
  attempts: z.int(),
  maxAttempts: z.int(),
  createdAt: z.iso.datetime(),
  runAt: z.iso.datetime().optional(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  /** Of a job that is `retrying`: before this moment no attempt starts. */
  nextAttemptAt: z.iso.datetime().optional(),
  lastError: z.string().optional(),
  /** Attempt by attempt, oldest first. */
  failures: z
    .array(z.object({ attempt: z.int(), at: z.iso.datetime(), error: z.string() }))
    .readonly()
    .optional(),
  traceparent: z.string().optional(),
  /** `null` when `payloadExpired` is true. */
  payload: z.unknown(),
  /** The outbox item of the job, which had its payload, has expired or cannot be read: the job cannot be replayed. */
  payloadExpired: z.literal(true).optional(),
})

/** A job alone, with what leads on from it. */
export const jobDetail = z.object({
  ...jobView.shape,
  /** The record that the job was written with, or the first job of its chain. */
  record: z.object({ kind: z.string(), id: z.string(), path: z.string() }).optional(),
  /** 32 hex digits, out of `traceparent`. */
  traceId: z.string().optional(),
  /** `logs` and `trace` lead to the AWS console, where the stack is deployed; `record` is a path of this API. */
  links: z.object({ logs: z.string(), trace: z.string(), record: z.string() }).partial().optional(),
})

export const newJob = z.strictObject({
  type: z.string(),
  payload: z.unknown(),
  delaySeconds: z.number().min(0).optional(),
  runAt: z.iso.datetime({ offset: true }).optional(),
  lane: z.string().optional(),
  group: z.string().optional(),
  tenant: z.string().optional(),
})
export type NewJob = z.infer<typeof newJob>

/** The job that is asked for, or what is wrong with it. */
export function toRequest(registry: Registry, asked: NewJob, now: Date): JobRequest | readonly Problem[] {
  const { type, delaySeconds, runAt, ...options } = asked
  const job = registry.jobs.get(type)
  if (!job)
    return [
      { path: 'type', message: `${shown(type)} is not a job type (known: ${[...registry.jobs.keys()].join(', ')})` },
    ]
  if (delaySeconds !== undefined && runAt !== undefined) {
    return [{ path: 'runAt', message: 'give delaySeconds or runAt, not both' }]
  }
  const start = runAt ?? (delaySeconds ? now.getTime() + delaySeconds * 1000 : undefined)
  const request = {
    ...(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Omit<
      JobRequest,
      'job'
    >),
    job,
    ...(start === undefined ? {} : { runAt: new Date(start) }),
  }
  const problems = jobProblems(request, registry, now)
  return problems.length > 0 ? problems : request
}

/** What to tell a caller whose job was written. */
export function receiptOf(job: JobRequest & { readonly id: string }, now: Date): z.infer<typeof jobReceipt> {
  return { id: job.id, type: job.job.type, status: job.runAt && job.runAt > now ? 'scheduled' : 'pending' }
}

export interface Job {
  readonly envelope: Envelope
  readonly effect: Effect | undefined
  /** Whether it is in the index of what waits for its time, from which the sweeper sends it. */
  readonly waits: boolean
}

/** Reads the two halves of a job. `undefined` when there is no such job, or its outbox item has expired. */
export async function readJob(store: Store, id: string): Promise<Job | undefined> {
  const [item, effect] = await Promise.all([store.get('outbox', outboxKey(id)), store.get('effects', { pk: id })])
  const decoded = item && decodeItem(item)
  return decoded?.kind === 'envelope'
    ? {
        envelope: decoded.envelope,
        effect: effectOf(decoded.envelope, effect as Effect | undefined),
        waits: item?.due !== undefined,
      }
    : undefined
}

/** A job as the API shows it; what its type declares as personal is hidden. It fails for no job, or a whole list would. */
export function viewOf(
  envelope: Envelope,
  effect: Effect | undefined,
  registry: Registry,
  now: Date,
): z.infer<typeof jobView> {
  const type = registry.jobs.get(envelope.type)
  const status = statusOf(envelope, effect, now, type)
  // One that was just sent again waits for nothing but its message.
  const waitsUntil = status === 'retrying' ? (effect?.notBefore ?? effect?.leaseUntil) : undefined
  return {
    id: envelope.id,
    type: envelope.type,
    status,
    lane: envelope.lane,
    attempts: effect?.attempts ?? 0,
    maxAttempts: (effect && allowedAttempts(effect)) || type?.maxAttempts || 0,
    createdAt: envelope.createdAt,
    ...present(envelope, ['group', 'tenant', 'runAt', 'traceparent']),
    ...(effect ? present(effect, ['startedAt', 'finishedAt', 'lastError', 'failures']) : {}),
    ...(waitsUntil === undefined ? {} : { nextAttemptAt: new Date(waitsUntil).toISOString() }),
    payload: redactedPayload(envelope.payload, type),
  }
}

/**
 * A job whose outbox item has expired, or cannot be read: what its effect tells. Without its payload it cannot be replayed.
 */
export function expiredView(effect: Effect, registry: Registry): z.infer<typeof jobView> {
  const since = failingSince(effect) ?? ''
  return {
    ...{ id: effect.pk, type: effect.type, status: effect.state, lane: effect.lane, attempts: effect.attempts },
    maxAttempts: allowedAttempts(effect) || registry.jobs.get(effect.type)?.maxAttempts || 0,
    createdAt: effect.createdAt ?? effect.startedAt ?? since,
    ...present(effect, ['startedAt', 'finishedAt', 'lastError', 'failures']),
    payload: null,
    payloadExpired: true,
  }
}

type DetailDeps = Pick<ApiDeps, 'registry' | 'clock' | 'anchors' | 'links'>

/** A job with what leads on from it. */
export function detailOf(
  { registry, clock, anchors, links }: DetailDeps,
  { envelope, effect }: Job,
): z.infer<typeof jobDetail> {
  const view = viewOf(envelope, effect, registry, clock.now())
  const record = recordOf(envelope.record, anchors)
  const traceId = envelope.traceparent?.split('-')[1]
  const leads = { ...links({ ...view, traceId }), ...(record ? { record: record.path } : {}) }
  return {
    ...view,
    ...(record ? { record } : {}),
    ...(traceId ? { traceId } : {}),
    ...(Object.keys(leads).length > 0 ? { links: leads } : {}),
  }
}

/** `order/0198…` taken apart; `undefined` where the application does not say what an order is. */
export function recordOf(reference = '', anchors: ApiDeps['anchors']) {
  const [, kind, id] = /^([^/]+)\/(.+)$/.exec(reference) ?? []
  const anchor = anchors.find(({ record }) => record.name === kind)
  if (!anchor || kind === undefined || id === undefined) return undefined
  return { kind, id, path: `${anchor.path}/${encodeURIComponent(id)}` }
}

/** Those of some fields that have a value. */
function present<T extends object, K extends keyof T>(from: T, fields: readonly K[]): { [P in K]?: NonNullable<T[P]> } {
  return Object.fromEntries(
    fields.filter((field) => from[field] !== undefined).map((field) => [field, from[field]]),
  ) as { [P in K]?: NonNullable<T[P]> }
}
