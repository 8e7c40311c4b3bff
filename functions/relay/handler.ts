/** What both relays do with an invocation: its records go to the core, and what the core tells goes to metrics and logs. */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { tracing } from '#tracing'
import { env } from '../../shared/lib/names.ts'
import type { OrderedDeps } from '../../shared/outbox/ordered-relay.ts'
import { relay } from '../../shared/outbox/relay.ts'
import type { RelayEvent } from '../../shared/outbox/relay-send.ts'
import { sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { laneUrls, relayedLanes, required, timersQueue } from '../aws/environment.ts'
import { failureQueue } from '../aws/failure-queue.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { streamRecord } from '../aws/stream-record.ts'
import { logger, tally } from '../aws/telemetry.ts'

const urls = laneUrls(relayedLanes())
const client = sqs()
const timers = timersQueue()
const deps = {
  sender: tracing.sender(laneSender(client, urls), urls),
  lanes: new Map([...urls].map(([name, { kind }]) => [name, kind] as const)),
  clock,
  reject: failureQueue(client, required(env.relayFailuresUrl)),
  ...(timers.size > 0 && { timers: laneSender(client, timers) }),
}

/** Relays the records of an event. @param ordered what the relay of ordered lanes works with */
export async function relayEvent(
  { Records }: DynamoDBStreamEvent,
  context: Context,
  ordered?: OrderedDeps,
): Promise<DynamoDBBatchResponse> {
  const deadline = Date.now() + context.getRemainingTimeInMillis()
  const counts = tally()
  const observe = (happened: RelayEvent) => {
    if (happened.kind === 'accepted') {
      counts.count(happened.envelope, 'accepted')
    } else if (happened.kind === 'forwarded') {
      const { envelope, start } = happened
      counts.count(envelope, 'forwarded')
      counts.time(envelope, 'forwardLatency', Math.max(0, Date.now() - Date.parse(start)))
    } else {
      logger.error(
        happened.kind === 'rejected' ? 'stream record rejected' : 'stream record not sent, will be tried again',
        happened,
      )
    }
  }
  const unsent = await relay({ ...deps, ordered, observe }, Records.map(streamRecord))
  counts.flush()
  await tracing.flush(deadline)
  return { batchItemFailures: unsent.map((itemIdentifier) => ({ itemIdentifier })) }
}
