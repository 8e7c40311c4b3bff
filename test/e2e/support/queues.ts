import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { queueName, sqs } from './aws.ts'
import { eventually, type Patience } from './eventually.ts'

export async function queueUrl(name: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueName(name) }))
  return QueueUrl
}

export async function queueArn(name: string): Promise<string> {
  const QueueUrl = await queueUrl(name)
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return Attributes?.QueueArn ?? ''
}

/** Sends a body straight into a lane's queue. */
export async function sendRaw(lane: string, MessageBody: string, more: object = {}): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(lane), MessageBody, ...more }))
}

/** Waits for a message whose body contains some text, and leaves it where it is. */
export function messageWith(queue: string, text: string, patience: Patience = {}): Promise<Message> {
  return eventually(
    `a message with "${text}" in ${queue}`,
    () => look(queue, text),
    (found) => found !== undefined,
    patience,
  ).then((found) => found as Message)
}

/** Takes messages until it has seen the whole queue, then shows them all again. */
export async function look(queue: string, text: string): Promise<Message | undefined> {
  const QueueUrl = await queueUrl(queue)
  const seen: Message[] = []
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 20,
        MessageAttributeNames: ['All'],
      }),
    )
    seen.push(...Messages)
    if (Messages.length === 0 || Messages.some(({ Body }) => Body?.includes(text))) break
  }
  for (const { ReceiptHandle } of seen)
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
  return seen.find(({ Body }) => Body?.includes(text))
}

/** Waits for a message whose body contains some text, and deletes it. */
export async function takeAway(queue: string, text: string): Promise<void> {
  const QueueUrl = await queueUrl(queue)
  await messageWith(queue, text)
  await eventually(
    `the message with "${text}" in ${queue} is in hand`,
    async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
      )
      const found = Messages.find(({ Body }) => Body?.includes(text))
      if (found) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: found.ReceiptHandle }))
      return found
    },
    (found) => found !== undefined,
  )
}
