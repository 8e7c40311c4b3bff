/**
 * Settings of every client of AWS. Time limits are short, so that a lost connection costs one retry and not the invocation;
 * the SDK's own retries repeat a transaction with the same token, which DynamoDB does not write twice.
 */
export const clientSettings = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const
