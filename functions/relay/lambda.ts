/** The relay of standard lanes: from the outbox's stream to their queues. */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { relayEvent } from './handler.ts'

export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  return relayEvent(event)
}
