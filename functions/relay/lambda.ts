/** The relay: from the outbox's stream to the lanes' queues. */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { env } from '../../shared/names.ts'
import { type RelayEvent, relay } from '../../shared/relay.ts'
import { sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { laneUrls, required } from '../aws/environment.ts'
import { failureQueue } from '../aws/failure-queue.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { streamRecord } from '../aws/stream-record.ts'
import { logger, tally } from '../aws/telemetry.ts'

const urls = laneUrls()
const client = sqs()
const deps = {
  sender: laneSender(client, urls),
  lanes: new Map([...urls].map(([name, { kind }]) => [name, kind] as const)),
  clock,
  reject: failureQueue(client, required(env.relayFailuresUrl)),
}

export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const counts = tally()
  const observe = (happened: RelayEvent) => {
    if (happened.kind === 'accepted') {
      counts.count(happened.envelope, 'accepted')
    } else if (happened.kind === 'forwarded') {
      counts.count(happened.envelope, 'forwarded')
      counts.time(
        happened.envelope,
        'forwardLatency',
        Math.max(0, Date.now() - Date.parse(happened.envelope.createdAt)),
      )
    } else {
      logger.error(
        happened.kind === 'rejected' ? 'stream record rejected' : 'stream record not sent, will be tried again',
        happened,
      )
    }
  }
  const unsent = await relay({ ...deps, observe }, event.Records.map(streamRecord))
  counts.flush()
  return { batchItemFailures: unsent.map((itemIdentifier) => ({ itemIdentifier })) }
}
