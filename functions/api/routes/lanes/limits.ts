import type { JobType } from '../../../../shared/define/job.ts'
import type { RateLimit } from '../../../../shared/define/rate-limit.ts'
import { limitKeys } from '../../../../shared/execution/rate-limit/limit-of-job.ts'
import type { ApiDeps } from '../../deps.ts'
import type { LimitView } from './schemas.ts'

/** The rate limits of the job types of a lane, with how far behind each is. */
export async function limitsOf({ registry, store, clock }: ApiDeps, lane: string): Promise<LimitView[]> {
  const limited = [...registry.jobs.values()].filter((job) => job.lane === lane && job.rateLimit !== undefined)
  return Promise.all(limited.map((job) => limitView(store, job, job.rateLimit as RateLimit, clock.now().getTime())))
}

async function limitView(
  store: ApiDeps['store'],
  { type }: JobType,
  limit: RateLimit,
  now: number,
): Promise<LimitView> {
  const view = { type, limit: limit.limit, perSeconds: limit.perSeconds, isKeyed: limit.key !== undefined }
  // Nobody knows all keys of a limit.
  if (limit.key) return view
  const items = await Promise.all(limitKeys({ type, limit, key: undefined }).map((pk) => store.get('effects', { pk })))
  const last = Math.max(now, ...items.map((item) => Number(item?.reserved ?? 0)))
  return { ...view, lagSeconds: Math.ceil((last - now) / 1000) }
}
