import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda'
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { type Finding, some } from '../finding.ts'
import { lastPart, ofType, type Resource } from './resources.ts'

/** Whether each queue hides a message for six times as long as its consumer may run: else it is delivered again meanwhile. */
export async function visibility(
  lambda: Pick<LambdaClient, 'send'>,
  sqs: Pick<SQSClient, 'send'>,
  resources: readonly Resource[],
): Promise<Omit<Finding, 'check'>> {
  const urls = new Map(ofType(resources, 'AWS::SQS::Queue').map((url) => [lastPart(url), url]))
  const found = await Promise.all(
    ofType(resources, 'AWS::Lambda::EventSourceMapping').map(async (UUID) => {
      const { EventSourceArn = '', FunctionArn } = await lambda.send(new GetEventSourceMappingCommand({ UUID }))
      const name = lastPart(EventSourceArn)
      const QueueUrl = urls.get(name)
      if (!QueueUrl) return []
      const [{ Attributes }, { Timeout = 0 }] = await Promise.all([
        sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] })),
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName: FunctionArn })),
      ])
      return [{ name, seconds: Number(Attributes?.VisibilityTimeout), needed: 6 * Timeout }]
    }),
  )
  const queues = found.flat()
  const short = queues.filter(({ seconds, needed }) => !(seconds >= needed))
  if (short.length === 0) return { state: 'ok', found: `${queues.length} queues` }
  return {
    state: 'fail',
    found: some(short.map(({ name, seconds, needed }) => `${name} hides for ${seconds} s, not ${needed} s`)),
    next: 'Somebody changed a queue or a function by hand: deploy the stack again',
  }
}
