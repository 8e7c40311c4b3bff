/** Errors of AWS that pass by themselves: throttling, conflicts, a change in progress, and answers that were lost on the way. */
const passing = new Set([
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'TooManyRequestsException',
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
  return passing.has(name) || (code !== undefined && passing.has(code)) || ($metadata?.httpStatusCode ?? 0) >= 500
}
