import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'

/**
 * Asks each queue for an attribute. SQS stops the metrics of a queue that nobody has used for six hours, and resumes them
 * up to 15 minutes after the next message: too late for an alarm. A queue that does not answer is no reason to fail.
 */
export async function wakeQueues(client: SQSClient, urls: Iterable<string>): Promise<void> {
  const ask = (QueueUrl: string) =>
    client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }))
  await Promise.allSettled([...urls].map(ask))
}
