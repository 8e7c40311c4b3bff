/** Jobs as callers ask for them and see them. */
import { debounceOf, type JobRequest } from '../../../../shared/define/job.ts'
import { shown } from '../../../../shared/define/options.ts'
import { redactedPayload, redactedResult } from '../../../../shared/define/redact.ts'
import type { Registry } from '../../../../shared/define/registry.ts'
import { failingSince } from '../../../../shared/execution/effect/failing.ts'
import { allowedAttempts } from '../../../../shared/execution/effect/lease.ts'
import type { Effect } from '../../../../shared/execution/effect.ts'
import { statusOf } from '../../../../shared/execution/status.ts'
import type { StoredJob } from '../../../../shared/execution/stored-job.ts'
import type { Envelope } from '../../../../shared/outbox/envelope.ts'
import { jobProblems, type Problem } from '../../../../shared/outbox/job-problem.ts'
import type { ApiDeps } from '../../deps.ts'
import type { Job, JobDetail, JobReceipt, NewJob } from './schemas.ts'

/** The job that a caller asks for, or what is wrong with it. */
export function toRequest(registry: Registry, wanted: NewJob, now: Date): JobRequest | readonly Problem[] {
  const { type, delaySeconds, runAt, ...options } = wanted
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
    ...options,
    job,
    runAt: start === undefined ? undefined : new Date(start),
  }
  const problems = jobProblems(request, registry, now)
  return problems.length > 0 ? problems : request
}

/** The answer to a caller whose job was written, or merged into one that stood. */
export function receiptOf({ id, job, payload, runAt, status, merged }: ReceivedJob, now: Date): JobReceipt {
  const isEarly = (runAt !== undefined && runAt > now) || debounceOf({ job, payload }) !== undefined
  const own = isEarly ? 'scheduled' : 'pending'
  return { id, type: job.type, status: status ?? own, ...(merged && { merged }) }
}

type ReceivedJob = JobRequest & Pick<JobReceipt, 'id' | 'merged'> & { readonly status?: JobReceipt['status'] }

/** A job as the API shows it; what its type declares as personal is hidden. */
export function viewOf(envelope: Envelope, effect: Effect | undefined, registry: Registry, now: Date): Job {
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
    ...present(envelope, ['group', 'tenant', 'runAt', 'traceparent', 'replayOf']),
    ...(effect ? present(effect, ['startedAt', 'finishedAt', 'lastError', 'failures', 'progress', 'replayedAs']) : {}),
    nextAttemptAt: waitsUntil === undefined ? undefined : new Date(waitsUntil).toISOString(),
    payload: redactedPayload(envelope.payload, type),
  }
}

type Halves = Pick<StoredJob, 'envelope' | 'effect'>

/** A job of a list. */
export function listedView(job: Halves, registry: Registry, now: Date): Job {
  return asFarAsItCan(job, () => viewOf(job.envelope, job.effect, registry, now))
}

/** A job of a list, with what leads on from it. */
export function listedDetailOf(deps: DetailDeps, job: Halves): JobDetail {
  return asFarAsItCan(job, () => detailOf(deps, job))
}

/**
 * A job that cannot be shown, whatever was left in its items, is shown as far as it can be: it must not take the list away from
 * the others.
 */
function asFarAsItCan<T extends Job>({ envelope, effect }: Halves, show: () => T): T | Job {
  try {
    return show()
  } catch {
    const { id, type, lane, createdAt } = envelope
    const { attempts = 0, state = 'pending' } = effect ?? {}
    return { id, type, status: state, lane, attempts, maxAttempts: 0, createdAt, payload: null }
  }
}

/**
 * A job whose outbox item has expired, or cannot be read: what its effect tells. Without its payload it cannot be replayed.
 */
export function expiredView(effect: Effect, registry: Registry): Job {
  const since = failingSince(effect) ?? ''
  return {
    id: effect.pk,
    type: effect.type,
    status: effect.state,
    lane: effect.lane,
    attempts: effect.attempts,
    maxAttempts: allowedAttempts(effect) || registry.jobs.get(effect.type)?.maxAttempts || 0,
    createdAt: effect.createdAt ?? effect.startedAt ?? since,
    ...present(effect, ['startedAt', 'finishedAt', 'lastError', 'failures', 'progress', 'replayedAs']),
    payload: null,
    payloadExpired: true,
  }
}

type DetailDeps = Pick<ApiDeps, 'registry' | 'clock' | 'jobOwners' | 'links'>

/** A job with what leads on from it. */
export function detailOf({ registry, clock, jobOwners, links }: DetailDeps, { envelope, effect }: Halves): JobDetail {
  const view = viewOf(envelope, effect, registry, clock.now())
  const record = recordOf(envelope.record, jobOwners)
  const [, traceId, , flags = '0'] = envelope.traceparent?.split('-') ?? []
  const isSampled = Number.parseInt(flags, 16) % 2 === 1
  const leads = {
    ...links({ ...view, traceId: isSampled ? traceId : undefined }),
    ...(record ? { record: record.path } : {}),
  }
  return {
    ...view,
    ...resultOf(envelope, effect, registry),
    batch: envelope.batch?.id,
    record,
    traceId,
    links: Object.keys(leads).length > 0 ? leads : undefined,
  }
}

function resultOf({ type, payload }: Envelope, effect: Effect | undefined, { jobs }: Registry): { result?: unknown } {
  if (effect?.result === undefined) return {}
  return { result: redactedResult(JSON.parse(effect.result), payload, jobs.get(type)) }
}

/** `order/0198…` taken apart; `undefined` where the application does not say what an order is. */
export function recordOf(reference = '', jobOwners: ApiDeps['jobOwners']) {
  const [, kind, id] = /^([^/]+)\/(.+)$/.exec(reference) ?? []
  const owner = jobOwners.find(({ record }) => record.name === kind)
  if (!owner || kind === undefined || id === undefined) return undefined
  return { kind, id, path: `${owner.path}/${encodeURIComponent(id)}` }
}

/** Those of some fields that have a value. */
function present<T extends object, K extends keyof T>(from: T, fields: readonly K[]): { [P in K]?: NonNullable<T[P]> } {
  return Object.fromEntries(
    fields.filter((field) => from[field] !== undefined).map((field) => [field, from[field]]),
  ) as { [P in K]?: NonNullable<T[P]> }
}
