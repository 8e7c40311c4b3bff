import type { Registry } from '../../../../shared/define/registry.ts'
import { limitKey, limitOfJob } from '../../../../shared/execution/rate-limit/limit-of-job.ts'
import { statusOf } from '../../../../shared/execution/status.ts'
import type { StoredJob } from '../../../../shared/execution/stored-job.ts'
import type { Store } from '../../../../shared/lib/ports.ts'
import type { JobDetail } from './schemas.ts'

/** What a job waits for besides its message and its backoff: its time, or its rate limit. */
export async function waitOf(
  { store, registry }: { readonly store: Store; readonly registry: Registry },
  job: StoredJob,
  now: Date,
): Promise<Pick<JobDetail, 'waitingFor' | 'nextAttemptAt'>> {
  const { envelope, effect, dueAt } = job
  const status = statusOf(envelope, effect, now, registry.jobs.get(envelope.type))
  if (status === 'scheduled') return { waitingFor: 'schedule', nextAttemptAt: envelope.runAt }
  const isBackoffOver = status === 'retrying' && (effect?.notBefore ?? 0) <= now.getTime()
  const of = status === 'pending' || isBackoffOver ? limitOfJob(registry, envelope) : undefined
  if (!of) return {}
  if (job.waits && dueAt !== undefined && dueAt > now.toISOString())
    return { waitingFor: 'rate-limit', nextAttemptAt: dueAt }
  const item = await store.get('effects', { pk: limitKey(of, envelope.id) })
  const last = Number(item?.reserved ?? 0)
  return last > now.getTime() ? { waitingFor: 'rate-limit', nextAttemptAt: new Date(last).toISOString() } : {}
}
