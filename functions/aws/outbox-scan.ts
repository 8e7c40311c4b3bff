import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import type { PassDeps } from '../../shared/recovery/reconcile-pass.ts'
import { writtenOf } from '../../shared/recovery/written.ts'

/** Reads the outbox from end to end, malformed items too. A cursor is DynamoDB's own key: its values are texts. */
export function outboxScan(client: DynamoDBDocumentClient, table: string): PassDeps['scan'] {
  return async function* (segment, segments, from) {
    let start = from
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: table,
          Segment: segment,
          TotalSegments: segments,
          // The payload is most of an item, and of the time to read it.
          ProjectionExpression: 'pk, sk, lane, runAt, dueAt, releasedAt, createdAt, resentAt, expiresAt',
          ExclusiveStartKey: start,
        }),
      )
      yield { items: Items.map(writtenOf), next: LastEvaluatedKey }
      start = LastEvaluatedKey
    } while (start)
  }
}
