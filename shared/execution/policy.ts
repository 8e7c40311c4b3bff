/** The policy of a job: what it runs under, also while this code does not know it. */
import type { JobType } from '../define/job.ts'
import type { Registry } from '../define/registry.ts'
import type { Envelope } from '../outbox/envelope.ts'

/** Policy for a job whose type or version this code does not know. It never runs under it: see `postpone`. */
export const unknownType = {
  maxAttempts: 5,
  backoff: { baseSeconds: 10, capSeconds: 900 },
  timeLimitSeconds: 0,
  // The type may be one that must not run twice. Code that knows it decides what follows a death: see `crash`.
  onCrash: 'dead-letter',
} as const

/** The number of attempts of a job type, also while this code does not know the type. */
export function maxAttemptsOf({ jobs }: Registry, type: string): number {
  return (jobs.get(type) ?? unknownType).maxAttempts
}

/**
 * The policy that a job runs under: its type, or `unknownType` while this code does not know the type or the payload's
 * version.
 */
export function policyOf(
  { jobs }: Registry,
  { type, version }: Pick<Envelope, 'type' | 'version'>,
): JobType | typeof unknownType {
  const known = jobs.get(type)
  return known && version <= known.version ? known : unknownType
}
