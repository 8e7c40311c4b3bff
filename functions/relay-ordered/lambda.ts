/** The relay of ordered lanes. Other than that of standard lanes it reads the outbox, for what waits in a group. */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { env } from '../../shared/lib/names.ts'
import { envelopeReader } from '../aws/batch-reader.ts'
import { sqs } from '../aws/clients.ts'
import { documentClient } from '../aws/document-client.ts'
import { required, timersQueue } from '../aws/environment.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { turnIndexOf } from '../aws/turn-index.ts'
import { relayEvent } from '../relay/handler.ts'

const client = documentClient()
const table = required(env.outboxTable)
const ordered = {
  turns: turnIndexOf(client, table),
  envelopes: envelopeReader(client, table, true),
  timers: laneSender(sqs(), timersQueue()),
  sent: new Map<string, number>(),
}

/** Kept free at the end, in ms: one job of each group is sent in the worst case, with all tries. */
const reserve = 20_000

export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  return relayEvent(event, context, { ...ordered, until: Date.now() + context.getRemainingTimeInMillis() - reserve })
}
