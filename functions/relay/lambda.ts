/** The relay of standard lanes: from the outbox's stream to their queues. */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { relayEvent } from './handler.ts'

export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  return relayEvent(event, context)
}
