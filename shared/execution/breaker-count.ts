/** The failures that the circuit breaker of a lane counts: of each job one in a window, and whose they are. */
import { hashOf } from '../define/tenant.ts'
import type { ConsumerDeps } from './consumer.ts'
import type { FailedAttempt } from './failed-attempt.ts'

/**
 * A number from 1 for the tenant of a job that failed, where the failure counts: the lane has a circuit breaker, and the job was not
 * counted in the last `withinSeconds`. So the retries of a few jobs never add up, and the numbers of one tenant are all equal.
 * A job without a tenant counts by its group, or else by itself.
 */
export function breakerCount(
  { registry, clock }: Pick<ConsumerDeps, 'registry' | 'clock'>,
  { envelope, effect }: Pick<FailedAttempt, 'envelope' | 'effect'>,
): number | undefined {
  const breaker = registry.lanes.get(envelope.lane)?.circuitBreaker
  if (!breaker) return undefined
  const windowMs = breaker.withinSeconds * 1000
  let lastCounted = Number.NEGATIVE_INFINITY
  for (const at of (effect.failures ?? []).map((failure) => Date.parse(failure.at)))
    if (at - lastCounted >= windowMs) lastCounted = at
  return clock.now().getTime() - lastCounted >= windowMs
    ? hashOf(envelope.tenant ?? envelope.group ?? envelope.id) + 1
    : undefined
}
