import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { expect, it } from 'vitest'
import { wakeQueues } from '../../functions/aws/wake-queues.ts'

it('every queue is asked, also when one does not answer', async () => {
  const sqs = mockClient(SQSClient)
  sqs
    .on(GetQueueAttributesCommand)
    .resolves({})
    .on(GetQueueAttributesCommand, { QueueUrl: 'gone' })
    .rejects('no such queue')
  await wakeQueues(new SQSClient(), ['gone', 'a', 'b'])
  expect(sqs.commandCalls(GetQueueAttributesCommand).map(({ args }) => args[0].input.QueueUrl)).toEqual([
    'gone',
    'a',
    'b',
  ])
})
