import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { lastPart } from './resources.ts'

/** A count that SQS keeps of each queue, with the name of the queue. */
export async function queueCounts(
  client: Pick<SQSClient, 'send'>,
  urls: readonly string[],
  attribute: 'ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible',
): Promise<{ readonly name: string; readonly count: number }[]> {
  return Promise.all(
    urls.map(async (QueueUrl) => {
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [attribute] }))
      return { name: lastPart(QueueUrl), count: Number(Attributes?.[attribute] ?? 0) }
    }),
  )
}
