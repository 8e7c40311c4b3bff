/** The calls a queue mapping makes, as values: what SQS answered, or an empty answer after a fault that was told. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs'
import type { Queue, QueueMapping } from '../model.ts'
import type { MappingContext } from './context.ts'
import type { QueueRecord } from './queue-event.ts'
import { toQueueRecord } from './queue-event.ts'
import { backoff, pause } from './waiting.ts'

/** Receives up to ten messages; waits up to `waitSeconds` (0–20) for the first. Throws what the SDK throws. */
export async function receive(
  { clients, model }: MappingContext,
  queue: Queue,
  max: number,
  waitSeconds: number,
  abortSignal: AbortSignal,
): Promise<readonly QueueRecord[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queue.url,
    MaxNumberOfMessages: Math.min(10, max),
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  })
  const { Messages = [] } = await clients.sqs.send(command, { abortSignal })
  return Messages.map((message) => toQueueRecord(message, { arn: queue.arn, region: model.region }))
}

const DELETE_TRIES = 5

/**
 * Deletes in tens. SQS answers 200 even when some entries failed: those are tried again. What cannot be deleted comes
 * back after its visibility timeout and runs twice, as on AWS.
 */
export async function remove(
  context: MappingContext,
  mapping: QueueMapping,
  queue: Queue,
  records: readonly QueueRecord[],
): Promise<void> {
  let left = records
  for (let tries = 0; left.length > 0 && tries < DELETE_TRIES; tries += 1) {
    if (tries > 0) await pause(backoff(tries, context.timing.backoff), new AbortController().signal)
    const failed = await Promise.all(inTens(left).map((ten) => removeTen(context, queue, ten)))
    left = failed.flat()
  }
  if (left.length === 0) return
  const ids = left.map((record) => record.messageId).join(', ')
  context.log(mapping.logicalId, `could not delete ${ids} from ${queue.name}; they will be delivered again`)
}

/** Returns the messages that are still there. */
async function removeTen({ clients }: MappingContext, queue: Queue, ten: readonly QueueRecord[]) {
  const Entries = ten.map((record, index) => ({ Id: String(index), ReceiptHandle: record.receiptHandle }))
  const command = new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries })
  return clients.sqs.send(command).then(
    ({ Failed = [] }) => ten.filter((_, index) => Failed.some((failure) => failure.Id === String(index))),
    () => ten,
  )
}

/** Makes messages visible again at once. They have been received once more, which nothing can undo. */
export async function giveBack(
  { clients }: MappingContext,
  queue: Queue,
  records: readonly QueueRecord[],
): Promise<void> {
  for (const ten of inTens(records)) {
    const Entries = ten.map((record, index) => ({
      Id: String(index),
      ReceiptHandle: record.receiptHandle,
      VisibilityTimeout: 0,
    }))
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries })
    // What cannot be given back becomes visible later.
    await clients.sqs.send(command).catch(() => undefined)
  }
}

function inTens<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / 10) }, (_, index) => list.slice(index * 10, index * 10 + 10))
}
