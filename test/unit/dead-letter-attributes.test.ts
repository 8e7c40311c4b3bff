import type { Message, ReceiveMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { deadLetterQueue } from '../../functions/aws/dead-letter-queue.ts'

/** The letters of a queue that has these messages. */
async function lettersOf(...messages: readonly Omit<Message, 'Body' | 'ReceiptHandle'>[]) {
  const asked: ReceiveMessageCommandInput[] = []
  const send = async ({ input }: { input: ReceiveMessageCommandInput }) => {
    asked.push(input)
    return { Messages: messages.map((message) => ({ ReceiptHandle: 'r', Body: 'b', ...message })) }
  }
  const queue = deadLetterQueue({ send } as unknown as SQSClient, {
    kind: 'standard',
    queueUrl: 'q',
    deadLetterUrl: 'd',
  })
  return { letters: (await queue?.receive()) ?? [], asked }
}

it('a letter tells of a death unless SQS moved it, also if it was a letter before', async () => {
  const MessageAttributes = { deaths: { DataType: 'Number', StringValue: '2' } }
  const Attributes = { DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:000000000000:lane' }
  const { letters, asked } = await lettersOf(
    { MessageAttributes },
    { MessageAttributes, Attributes },
    { Attributes },
    {},
  )
  expect(letters.map((letter) => letter.deaths)).toEqual([2, 0, 0, 0])
  expect(asked).toMatchObject([
    {
      MessageAttributeNames: expect.arrayContaining(['deaths']),
      MessageSystemAttributeNames: expect.arrayContaining(['DeadLetterQueueSourceArn']),
    },
  ])
})

it('letters are looked for on all servers of their queue', async () => {
  const { asked } = await lettersOf()
  expect(asked[0]?.WaitTimeSeconds).toBeGreaterThan(0)
})

it('a letter that is put behind others keeps its group, its death and its reason, and is copied before it is removed', async () => {
  const calls: { name: string; input: object }[] = []
  const send = async (command: { constructor: { name: string }; input: object }) => {
    calls.push({ name: command.constructor.name, input: command.input })
  }
  const urls = { kind: 'ordered', queueUrl: 'q.fifo', deadLetterUrl: 'd.fifo' } as const
  const queue = deadLetterQueue({ send } as unknown as SQSClient, urls)
  await queue?.putBehind?.([{ receiptHandle: 'r', body: 'b', deaths: 2, group: 'g', reason: 'Error: no' }])
  expect(calls).toMatchObject([
    {
      name: 'SendMessageCommand',
      input: {
        MessageBody: 'b',
        MessageGroupId: 'g',
        MessageAttributes: { deaths: { StringValue: '2' }, reason: { StringValue: 'Error: no' } },
      },
    },
    { name: 'DeleteMessageBatchCommand', input: { Entries: [{ ReceiptHandle: 'r' }] } },
  ])
  await queue?.putBehind?.([{ receiptHandle: 's', body: 'b', deaths: 0, group: 'g' }])
  expect(calls[2]?.input).toMatchObject({ MessageAttributes: {} })
})

it('letters of a standard lane lie behind no others', () => {
  const urls = { kind: 'standard', queueUrl: 'q', deadLetterUrl: 'd' } as const
  expect(deadLetterQueue({} as SQSClient, urls)?.putBehind).toBeUndefined()
})
