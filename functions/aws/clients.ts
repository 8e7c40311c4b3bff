import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'
import { SESClient } from '@aws-sdk/client-ses'
import { SQSClient } from '@aws-sdk/client-sqs'
import { clientSettings } from './client-settings.ts'

export const dynamoDb = () => new DynamoDBClient(clientSettings)

/** Queue URLs of the template name AWS's host; a local endpoint must win over them. */
export const sqs = () =>
  new SQSClient({ ...clientSettings, useQueueUrlAsEndpoint: process.env.AWS_ENDPOINT_URL === undefined })

/** One try: SES has no idempotency key, so each try may be a mail. A job's own retries have a backoff and are counted. */
export const ses = () => new SESClient({ ...clientSettings, maxAttempts: 1 })

export const kms = () => new KMSClient(clientSettings)
