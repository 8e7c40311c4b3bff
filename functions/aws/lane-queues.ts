import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { LaneConsumerQueue, LaneMessage, LaneSender, Outgoing } from '../../shared/lib/ports.ts'
import type { LaneUrls } from './environment.ts'

/** Message attributes of a dead letter. Redriving, here or in the AWS console, keeps them. */
export const attributes = { deaths: 'deaths', reason: 'reason' } as const

/** Sends to the lanes' queues. */
export function laneSender(client: SQSClient, lanes: ReadonlyMap<string, Pick<LaneUrls, 'queueUrl'>>): LaneSender {
  return {
    async send(lane, messages) {
      const urls = lanes.get(lane)
      if (!urls)
        throw new Error(`This function does not serve the lane "${lane}" (it serves: ${[...lanes.keys()].join(', ')}).`)
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: urls.queueUrl, Entries: messages.map(entry) }),
      )
      const refused = new Map(Failed.map((failure) => [failure.Id, `${failure.Code}: ${failure.Message ?? ''}`]))
      return messages.map((_, i) => {
        const reason = refused.get(String(i))
        return reason === undefined ? { kind: 'sent' } : { kind: 'failed', reason }
      })
    },
  }
}

function entry(message: Outgoing, index: number): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: message.body,
    // A FIFO queue takes no delay of a single message.
    DelaySeconds: message.delaySeconds || undefined,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.dedupId,
    MessageAttributes: message.deaths ? { [attributes.deaths]: number(message.deaths) } : undefined,
  }
}

/** What a consumer does with its own lane's messages. */
export function consumerQueue(client: SQSClient, { queueUrl, deadLetterUrl }: LaneUrls): LaneConsumerQueue {
  return {
    async changeVisibility({ receiptHandle }, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      )
    },
    async extendVisibility(messages, seconds) {
      const Entries = messages.map(({ receiptHandle }, i) => ({
        Id: String(i),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }))
      // Best effort: without it the messages of a dead process only come back later. A call that hangs must not take the
      // batch with it, so it ends well before its process does.
      const abortSignal = AbortSignal.timeout(Math.min(4_000, seconds * 250))
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })
      await client.send(command, { abortSignal }).catch(() => {})
    },
    async sendToDeadLetterQueue(message, { reason, deaths }) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: deadLetterUrl,
          MessageBody: message.body,
          MessageAttributes: { [attributes.deaths]: number(deaths), [attributes.reason]: text(reason) },
          ...fifo(message, deaths),
        }),
      )
    },
  }
}

function fifo({ group, messageId }: LaneMessage, deaths: number) {
  return group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: `${messageId}-${deaths}` }
}

const number = (value: number) => ({ DataType: 'Number', StringValue: String(value) })

/** SQS refuses characters that XML does not know. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to replace
const notXml = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g
const text = (value: string) => ({ DataType: 'String', StringValue: value.replace(notXml, '?') || '?' })
