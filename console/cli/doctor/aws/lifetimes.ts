import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { type Finding, some } from '../finding.ts'
import { lastPart, ofType, type Resource } from './resources.ts'

interface Queue {
  readonly name: string
  readonly arn: string
  readonly retention: number
  readonly deadLetters: string | undefined
}

/**
 * Whether each dead-letter queue keeps its messages longer than its lane keeps messages: on a standard queue their age goes on
 * counting, so a job that died late would vanish.
 */
export async function lifetimes(
  client: Pick<SQSClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const queues = await Promise.all(ofType(resources, 'AWS::SQS::Queue').map((url) => read(client, url)))
  const lanes = queues.filter(({ deadLetters }) => deadLetters !== undefined)
  const short = lanes.filter(({ retention, deadLetters }) => {
    const target = queues.find(({ arn }) => arn === deadLetters)
    return target === undefined || target.retention <= retention
  })
  if (lanes.length === 0)
    return { state: 'fail', found: 'no queue has a dead-letter queue', next: 'Deploy the stack again' }
  if (short.length === 0) return { state: 'ok', found: `${lanes.length} lanes` }
  const found = `${some(short.map(({ name }) => name))}: dead letters are not kept longer than messages`
  return { state: 'fail', found, next: 'Somebody changed the queues by hand: deploy the stack again' }
}

async function read(client: Pick<SQSClient, 'send'>, QueueUrl: string): Promise<Queue> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['QueueArn', 'MessageRetentionPeriod', 'RedrivePolicy'],
    }),
  )
  const policy = JSON.parse(Attributes.RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string }
  return {
    name: lastPart(QueueUrl),
    arn: Attributes.QueueArn ?? '',
    retention: Number(Attributes.MessageRetentionPeriod),
    deadLetters: policy.deadLetterTargetArn,
  }
}
