/** Errors of AWS, by the names that its services give them. */

/** Names of the errors by which services of AWS refuse a call because there were too many, as the AWS SDKs know them. */
const throttlingNames: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
])

/** The parts that an error of the AWS SDK may have. */
type SdkError = Error & {
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
  readonly $retryable?: { readonly throttling?: unknown }
}

/** Whether an error of AWS means that there were too many calls. */
export function isThrottlingError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, code, $metadata, $retryable } = error as SdkError
  const isNamed = throttlingNames.has(name) || (typeof code === 'string' && throttlingNames.has(code))
  return isNamed || $metadata?.httpStatusCode === 429 || $retryable?.throttling === true
}
