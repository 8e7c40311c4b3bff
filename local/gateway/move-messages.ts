import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from '../model.ts'
import type { Forward } from './engine.ts'
import type { Message } from './late-deliveries.ts'
import type { MoveTask } from './move-task.ts'

/** Where a message goes, by its id; `undefined` when SQS cannot know. */
export type Route = (messageId: string) => Queue | undefined

/** Long enough to move a batch at the slowest rate, one a second. */
const VISIBILITY_SECONDS = 60

interface Move {
  readonly sqs: Forward
  readonly source: Queue
  readonly route: Route
  readonly task: MoveTask
  readonly signal: AbortSignal
}

/**
 * Moves what was in the queue when the task started, through the engine's ordinary API: receive, send, delete. A message
 * that comes in later stays, or one that fails again at once would go round for ever. If the process dies between send and
 * delete, the message is in both queues. Returns the reason of a failure.
 */
export async function moveMessages(move: Move): Promise<string | undefined> {
  let outcome: Outcome = 'moved'
  while (outcome === 'moved' && !move.signal.aborted) outcome = await moveBatch(move)
  return typeof outcome === 'object' ? outcome.failure : undefined
}

type Outcome = 'moved' | 'stop' | { readonly failure: string }

async function moveBatch(move: Move): Promise<Outcome> {
  const perSecond = move.task.MaxNumberOfMessagesPerSecond
  const messages = await receive(move, Math.min(10, perSecond ?? 10))
  for (const [i, message] of messages.entries()) {
    const outcome = move.signal.aborted ? 'stop' : await moveOne(move, message)
    if (outcome !== 'moved') {
      await putBack(move, messages.slice(i))
      return outcome
    }
    if (perSecond) await sleep(1000 / perSecond, undefined, { signal: move.signal }).catch(() => undefined)
  }
  return messages.length > 0 ? 'moved' : 'stop'
}

async function moveOne({ sqs, source, route, task }: Move, message: Message): Promise<Outcome> {
  if (Number(message.Attributes?.SentTimestamp) > task.StartedTimestamp) return 'stop'
  const destination = route(message.MessageId)
  if (!destination) return { failure: 'CouldNotDetermineMessageSource' }
  const group = message.Attributes?.MessageGroupId
  const sent = await sqs(
    'SendMessage',
    JSON.stringify({
      QueueUrl: destination.url,
      MessageBody: message.Body,
      MessageAttributes: message.MessageAttributes,
      MessageGroupId: group,
      // The original deduplication id would let the queue swallow a message that is redriven within five minutes.
      MessageDeduplicationId: destination.fifo ? randomUUID() : undefined,
    }),
  )
  if (sent.status !== 200) return { failure: failureOf(sent.body) }
  await sqs('DeleteMessage', JSON.stringify({ QueueUrl: source.url, ReceiptHandle: message.ReceiptHandle }))
  task.ApproximateNumberOfMessagesMoved += 1
  return 'moved'
}

function failureOf(body: string): string {
  const { __type = '' } = JSON.parse(body) as { __type?: string }
  return __type.endsWith('QueueDoesNotExist') ? 'AWS.SimpleQueueService.NonExistentQueue' : __type.replace(/^.*#/, '')
}

async function receive({ sqs, source }: Move, count: number): Promise<readonly Message[]> {
  const request = {
    QueueUrl: source.url,
    MaxNumberOfMessages: count,
    VisibilityTimeout: VISIBILITY_SECONDS,
    WaitTimeSeconds: 0,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  }
  const { body } = await sqs('ReceiveMessage', JSON.stringify(request))
  return (JSON.parse(body) as { Messages?: Message[] }).Messages ?? []
}

async function putBack({ sqs, source }: Move, messages: readonly Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle, VisibilityTimeout: 0 }))
  await sqs('ChangeMessageVisibilityBatch', JSON.stringify({ QueueUrl: source.url, Entries }))
}
