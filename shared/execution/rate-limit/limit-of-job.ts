/** The rate limit that a job is under. */
import { keyOfLimit, type RateLimit, shardsOf } from '../../define/rate-limit.ts'
import type { Registry } from '../../define/registry.ts'
import { bucketOf } from '../../lib/id.ts'
import type { Envelope } from '../../outbox/envelope.ts'
import { readJob } from '../read-job.ts'

export interface LimitOfJob {
  readonly type: string
  readonly limit: RateLimit
  /** `undefined`: the one limit of all jobs of the type. */
  readonly key: string | undefined
  /** Time limit of an attempt. */
  readonly timeLimitSeconds: number
}

/** The limit of a job; `undefined` if it has none, or if its attempt will fail before it does anything. */
export function limitOfJob(registry: Registry, envelope: Envelope): LimitOfJob | undefined {
  const limit = registry.jobs.get(envelope.type)?.rateLimit
  if (!limit) return undefined
  try {
    const { type, payload } = readJob(envelope, registry)
    const key = keyOfLimit(limit, payload)
    if (limit.key && key === undefined) return undefined
    return { type: type.type, limit, key, timeLimitSeconds: type.timeLimitSeconds }
  } catch {
    return undefined
  }
}

/** Keys of the items that carry a limit together, in the effects table. No job id has the shape. */
export function limitKeys({ type, limit, key }: Pick<LimitOfJob, 'type' | 'limit' | 'key'>): string[] {
  const shards = shardsOf(limit)
  const suffix = key === undefined ? '' : `#${key}`
  return Array.from({ length: shards }, (_, n) => `limit#${type}${shards > 1 ? `#${n}` : ''}${suffix}`)
}

/** The one of them that a job takes its slots from. */
export function limitKey(of: LimitOfJob, jobId: string): string {
  const keys = limitKeys(of)
  return keys[bucketOf(jobId, keys.length)] as string
}
