import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { Queue } from '../model.ts'

/** SQS's own values, so that an attribute that left the template loses its effect. */
const DEFAULTS: Partial<Record<QueueAttributeName, string>> = {
  VisibilityTimeout: '30',
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedrivePolicy: '',
  Policy: '',
}

/** Attributes that the engine takes when a queue is made, and not afterwards. They hardly ever change. */
const FIXED = ['FifoQueue', 'DeduplicationScope', 'FifoThroughputLimit']

/** Creates the queue, or gives it the attributes of the template; its messages stay. */
export async function provisionQueue({ name: QueueName, attributes }: Queue, sqs: SQSClient): Promise<void> {
  const QueueUrl = await urlOf(QueueName, sqs)
  if (QueueUrl === undefined) {
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { ...attributes } }))
    return
  }
  const settable = Object.entries({ ...DEFAULTS, ...attributes }).filter(([attribute]) => !FIXED.includes(attribute))
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: Object.fromEntries(settable) }))
}

async function urlOf(QueueName: string, sqs: SQSClient): Promise<string | undefined> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined
    throw error
  }
}
