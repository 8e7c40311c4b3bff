import { isThrottlingError } from '../../shared/lib/aws-errors.ts'

/** Errors of AWS that pass, besides throttling: conflicts, a change in progress, and answers that were lost on the way. */
const passing = new Set([
  'LimitExceededException',
  'TransactionConflictException',
  'TransactionInProgressException',
  // Lambda, while a mapping is still being switched.
  'ResourceInUseException',
  'ResourceConflictException',
  'InternalServerError',
  'InternalFailure',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TimeoutError',
  'AbortError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
])

/** Whether the same call may succeed a little later. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } }
  return (
    isThrottlingError(error) ||
    passing.has(name) ||
    (code !== undefined && passing.has(code)) ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  )
}

/** Answers, besides throttling, by which the service, or the way to it, says that it has not taken the call. */
const surelyRefused = new Set(['TransactionConflictException', 'ECONNREFUSED'])

/** Whether a call that failed may have been done all the same: its answer was lost, or it is still under way. */
export function mayBeDone(error: unknown): boolean {
  if (!isBusy(error) || isThrottlingError(error)) return false
  const { name, code } = error as Error & { code?: string }
  return !surelyRefused.has(name) && !(code !== undefined && surelyRefused.has(code))
}
