import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { DeadLetterQueue, Letter } from '../../shared/redrive.ts'
import type { LaneUrls } from './environment.ts'
import { attributes } from './lane-queues.ts'

/** Longer than one redrive call works, so that it never meets the same letter twice. Seconds. */
const hideSeconds = 30

/** The dead-letter queue of a lane; `undefined` if this function has no such lane. */
export function deadLetterQueue(client: SQSClient, lane: LaneUrls | undefined): DeadLetterQueue | undefined {
  if (!lane) return undefined
  const QueueUrl = lane.deadLetterUrl
  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          // Long polling asks all servers of the queue; a short one asks some, and may find nothing though there is.
          WaitTimeSeconds: 1,
          VisibilityTimeout: hideSeconds,
          MessageAttributeNames: [attributes.deaths],
          MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'],
        }),
      )
      return Messages.map((message) => ({
        receiptHandle: message.ReceiptHandle ?? '',
        body: message.Body ?? '',
        deaths: deathsOf(message),
      }))
    },
    async remove(letters) {
      // One that could not be removed shows up again and is removed by the next redrive.
      await inTens(letters, (Entries) => client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })))
    },
    async release(letters) {
      await inTens(letters, (entries) =>
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
 * may have been a letter before, or a redrive of one, and carry the number of that death still.
 */
function deathsOf({ Attributes, MessageAttributes }: Message): number {
  if (Attributes?.DeadLetterQueueSourceArn !== undefined) return 0
  return Number(MessageAttributes?.[attributes.deaths]?.StringValue ?? 0)
}

async function inTens(
  letters: readonly Letter[],
  call: (entries: { Id: string; ReceiptHandle: string }[]) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < letters.length; i += 10) {
    await call(
      letters.slice(i, i + 10).map(({ receiptHandle }, n) => ({ Id: String(n), ReceiptHandle: receiptHandle })),
    )
  }
}
