import { hidden, redactedPayload } from '../../../../shared/define/redact.ts'
import { jobAhead } from '../../../../shared/execution/group-ahead.ts'
import { type LimitOfJob, limitKey, limitOfJob } from '../../../../shared/execution/rate-limit/limit-of-job.ts'
import { statusOf } from '../../../../shared/execution/status.ts'
import type { StoredJob } from '../../../../shared/execution/stored-job.ts'
import type { ApiDeps } from '../../deps.ts'
import { pauseOfLane } from '../lanes/states.ts'
import type { JobDetail } from './schemas.ts'

type Wait = Pick<JobDetail, 'waitingFor' | 'waitingOn' | 'nextAttemptAt'>

/** What a job waits for besides its message and its backoff. Of several, the first that must end. */
export async function waitOf(deps: ApiDeps, job: StoredJob): Promise<Wait> {
  const { envelope, effect } = job
  const now = deps.clock.now()
  const status = statusOf(envelope, effect, now, deps.registry.jobs.get(envelope.type))
  if (status === 'scheduled') return untilTime('schedule', String(envelope.runAt))
  const isBackoffOver = status === 'retrying' && (effect?.notBefore ?? 0) <= now.getTime()
  if (status !== 'pending' && !isBackoffOver) return {}
  const pause = await pauseOfLane(deps, envelope.lane)
  if (pause) {
    const { lane, by, at } = pause
    return { waitingFor: 'paused-lane', waitingOn: { lane, pausedBy: by, pausedAt: at } }
  }
  const ahead = await jobAhead(deps, envelope, now)
  if (ahead !== undefined) return { waitingFor: 'group', waitingOn: { job: ahead } }
  return limitWait(deps, job, now)
}

function untilTime(waitingFor: 'schedule' | 'rate-limit', until: string, limit?: LimitView): Wait {
  return { waitingFor, waitingOn: { until, limit }, nextAttemptAt: until }
}

/** The wait for a slot of its rate limit, if there is one. */
async function limitWait({ store, registry }: ApiDeps, job: StoredJob, now: Date): Promise<Wait> {
  const { envelope, waits, dueAt } = job
  const of = limitOfJob(registry, envelope)
  if (!of) return {}
  const view = limitView(of, redactedPayload(envelope.payload, registry.jobs.get(envelope.type)))
  if (waits && dueAt !== undefined && dueAt > now.toISOString()) return untilTime('rate-limit', dueAt, view)
  const item = await store.get('effects', { pk: limitKey(of, envelope.id) })
  const last = Number(item?.reserved ?? 0)
  return last > now.getTime() ? untilTime('rate-limit', new Date(last).toISOString(), view) : {}
}

type LimitView = NonNullable<NonNullable<JobDetail['waitingOn']>['limit']>

function limitView({ type, limit, key }: LimitOfJob, visible: unknown): LimitView {
  const { limit: starts, perSeconds } = limit
  return {
    type,
    limit: starts,
    perSeconds,
    ...(key !== undefined && { key: isVisible(limit, key, visible) ? key : hidden }),
  }
}

/** Whether a key follows from what people may see of the payload: it may be an address. */
function isVisible({ key: keyOf }: LimitOfJob['limit'], key: string, visible: unknown): boolean {
  try {
    return keyOf?.(visible as never) === key
  } catch {
    return false
  }
}
