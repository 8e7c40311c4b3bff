import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { ReconcileDeps, Written } from '../../shared/reconcile.ts'

/** Reads the outbox from end to end. A malformed item is left out: the relay has rejected it with an alarm. */
export function outboxScan(client: DynamoDBClient, table: string): ReconcileDeps['scan'] {
  return async function* (segment, segments) {
    let start: Record<string, AttributeValue> | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: table,
          Segment: segment,
          TotalSegments: segments,
          // The payload is most of an item, and of the time to read it.
          ProjectionExpression: 'id, runAt, createdAt, resentAt',
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      yield Items.flatMap(writtenOf)
      start = LastEvaluatedKey
    } while (start)
  }
}

function writtenOf(image: Record<string, AttributeValue>): Written[] {
  const id = image.id?.S
  const createdAt = image.createdAt?.S
  if (id === undefined || createdAt === undefined) return []
  return [{ id, createdAt, start: image.runAt?.S ?? createdAt, resentAt: image.resentAt?.S }]
}
