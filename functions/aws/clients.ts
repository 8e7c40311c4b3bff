import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'
import { SESClient } from '@aws-sdk/client-ses'
import { SQSClient } from '@aws-sdk/client-sqs'

/**
 * One place that makes clients. Time limits are short, so that a lost connection costs one retry and not the invocation;
 * the SDK's own retries repeat a transaction with the same token, which DynamoDB does not write twice.
 */
const settings = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
}

export const dynamoDb = () => new DynamoDBClient(settings)

/** Queue URLs of the template name AWS's host; a local endpoint must win over them. */
export const sqs = () =>
  new SQSClient({ ...settings, useQueueUrlAsEndpoint: process.env.AWS_ENDPOINT_URL === undefined })

/** One try: SES has no idempotency key, so each try may be a mail. A job's own retries have a backoff and are counted. */
export const ses = () => new SESClient({ ...settings, maxAttempts: 1 })

export const kms = () => new KMSClient(settings)
