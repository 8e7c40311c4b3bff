/** What becomes of a batch that a stream mapping gives up: its metadata goes to the on-failure destination. */
import { randomUUID } from 'node:crypto'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { Queue } from '../model.ts'
import type { MappingContext } from './context.ts'
import { createPollBackoff } from './poll-backoff.ts'
import type { ShardJob } from './shard-job.ts'
import type { Discarded } from './stream-plan.ts'

/** The message as AWS documents it: where the records are in the stream, not what they are. */
export function failureMessage(
  { batch, condition, functionError }: Discarded,
  source: { readonly functionArn: string; readonly streamArn: string; readonly shardId: string },
  now: Date,
) {
  const first = batch.records[0]
  const last = batch.records.at(-1)
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: source.functionArn,
      condition,
      approximateInvokeCount: batch.invocations,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: functionError ? 'Unhandled' : null,
    },
    version: '1.0',
    timestamp: now.toISOString(),
    DDBStreamBatchInfo: {
      shardId: source.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: toSecond(first?.createdAt),
      approximateArrivalOfLastRecord: toSecond(last?.createdAt),
      batchSize: batch.records.length,
      streamArn: source.streamArn,
    },
  }
}

function toSecond(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

/**
 * Hands the message over. Returns false if the mapping was stopped before it could: the records are then not finished.
 * A destination that refuses for good (no permission, no such queue) loses the message, as on AWS, but not silently.
 */
export async function reportFailure(
  { context, mapping, shardId }: ShardJob,
  discarded: Discarded,
  signal: AbortSignal,
): Promise<boolean> {
  const functionArn =
    context.model.functions.find((fn) => fn.name === mapping.functionName)?.arn ?? mapping.functionName
  const message = failureMessage(discarded, { functionArn, streamArn: mapping.streamArn, shardId }, new Date())
  const { batchSize, startSequenceNumber } = message.DDBStreamBatchInfo
  context.log(
    mapping.logicalId,
    `${discarded.condition}: gave up ${batchSize} records from ${startSequenceNumber} of ${shardId}`,
  )
  if (mapping.onFailureArn === undefined) return true
  const queue = context.model.queues.find((candidate) => candidate.arn === mapping.onFailureArn)
  if (queue) return sendTo(context, mapping.logicalId, queue, JSON.stringify(message), signal)
  context.log(mapping.logicalId, `to ${mapping.onFailureArn}: ${JSON.stringify(message)}`)
  return true
}

async function sendTo(
  context: MappingContext,
  logicalId: string,
  queue: Queue,
  body: string,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const pollBackoff = createPollBackoff(context, logicalId)
  const command = new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body })
  while (!abortSignal.aborted) {
    try {
      await context.clients.sqs.send(command, { abortSignal })
      return true
    } catch (error) {
      if (isRefusal(error)) {
        context.log(
          logicalId,
          `${queue.name} refused the message, it is lost: ${error}. Let the role sqs:SendMessage. ${body}`,
        )
        return true
      }
      await pollBackoff.wait(`cannot send to ${queue.name}: ${error}. Trying again until it works.`, abortSignal)
    }
  }
  return false
}

/** A client error that no retry fixes. */
function isRefusal(error: unknown): boolean {
  const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name?: string }
  const status = $metadata?.httpStatusCode ?? 500
  return status >= 400 && status < 500 && status !== 429 && !/Throttl/.test(name ?? '')
}
