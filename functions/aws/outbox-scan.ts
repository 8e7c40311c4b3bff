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
  const start = image.runAt?.S ?? image.createdAt?.S
  return id === undefined || start === undefined ? [] : [{ id, start, resentAt: image.resentAt?.S }]
}
