import { createHash } from 'node:crypto'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { slices } from '../../shared/lib/slices.ts'
import type { DeadLetter, DeadLetterQueue } from '../../shared/recovery/tidy.ts'
import type { LaneUrls } from './environment.ts'
import { attributes } from './lane-queues.ts'

/** Longer than one redrive call works, so that it never meets the same dead letter twice. Seconds. */
const hideSeconds = 30

/** The dead-letter queue of a lane; `undefined` if this function has no such lane. */
export function deadLetterQueue(client: SQSClient, lane: LaneUrls | undefined): DeadLetterQueue | undefined {
  if (!lane) return undefined
  const QueueUrl = lane.deadLetterUrl
  const isFifo = lane.kind === 'ordered'
  const remove = async (deadLetters: readonly DeadLetter[]) => {
    await inTens(deadLetters, (Entries) => client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })))
  }
  /** If the process dies between the copy and the removal, the dead letter is there twice, and both go when its job has ended. */
  const putBehind = async (deadLetters: readonly DeadLetter[]) => {
    for (const deadLetter of deadLetters) {
      await client.send(new SendMessageCommand({ QueueUrl, ...copyOf(deadLetter) }))
      await remove([deadLetter])
    }
  }
  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          // Long polling asks all servers of the queue; a short one asks some, and may find nothing though there is.
          WaitTimeSeconds: 1,
          VisibilityTimeout: hideSeconds,
          MessageAttributeNames: [attributes.deaths, attributes.reason],
          MessageSystemAttributeNames: ['DeadLetterQueueSourceArn', 'MessageGroupId'],
        }),
      )
      return Messages.map((message) => ({
        receiptHandle: message.ReceiptHandle ?? '',
        body: message.Body ?? '',
        deaths: deathsOf(message),
        group: message.Attributes?.MessageGroupId,
        reason: message.MessageAttributes?.[attributes.reason]?.StringValue,
      }))
    },
    // One that could not be removed shows up again and is removed by the next redrive.
    remove,
    putBehind: isFifo ? putBehind : undefined,
    async release(deadLetters) {
      await inTens(deadLetters, (entries) =>
        client.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl,
            Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
          }),
        ),
      )
    },
  }
}

/**
 * Only what a consumer sent here tells of a death. A message that SQS moved here by itself, which names its source then,
 * may have been a dead letter before, or a redrive of one, and carry the number of that death still.
 */
function deathsOf({ Attributes, MessageAttributes }: Message): number {
  if (Attributes?.DeadLetterQueueSourceArn !== undefined) return 0
  return Number(MessageAttributes?.[attributes.deaths]?.StringValue ?? 0)
}

/** A dead letter that SQS itself moved here has no number of a death, and neither has its copy. */
function copyOf({ body, deaths, group = '', reason, receiptHandle }: DeadLetter) {
  return {
    MessageBody: body,
    MessageGroupId: group,
    MessageDeduplicationId: createHash('sha256').update(receiptHandle).digest('hex'),
    MessageAttributes: {
      ...(deaths > 0 ? { [attributes.deaths]: { DataType: 'Number', StringValue: String(deaths) } } : {}),
      ...(reason === undefined ? {} : { [attributes.reason]: { DataType: 'String', StringValue: reason } }),
    },
  }
}

async function inTens(
  deadLetters: readonly DeadLetter[],
  call: (entries: { Id: string; ReceiptHandle: string }[]) => Promise<unknown>,
): Promise<void> {
  for (const ten of slices(deadLetters, 10))
    await call(ten.map(({ receiptHandle }, n) => ({ Id: String(n), ReceiptHandle: receiptHandle })))
}
