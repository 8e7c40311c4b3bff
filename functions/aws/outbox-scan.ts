import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Written } from '../../shared/recovery/reconcile-checks.ts'
import type { Cursor, PassDeps } from '../../shared/recovery/reconcile-pass.ts'

type Image = Record<string, AttributeValue>

/** Reads the outbox from end to end, malformed items too. A cursor is DynamoDB's own key: its values are texts. */
export function outboxScan(client: DynamoDBClient, table: string): PassDeps['scan'] {
  return async function* (segment, segments, from) {
    let start = from as Image | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: table,
          Segment: segment,
          TotalSegments: segments,
          // The payload is most of an item, and of the time to read it.
          ProjectionExpression: 'pk, sk, lane, runAt, releasedAt, createdAt, resentAt, expiresAt',
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      yield { items: Items.map(writtenOf), next: LastEvaluatedKey as Cursor | undefined }
      start = LastEvaluatedKey
    } while (start)
  }
}

/** Of a malformed item only the key is sure. One without a time was written a lifetime before it expires. */
function writtenOf({ pk, sk, lane, runAt, releasedAt, createdAt, resentAt, expiresAt }: Image): Written {
  const expiry = Number(expiresAt?.N ?? 0)
  const written = createdAt?.S ?? new Date(Math.max(0, expiry - lifetimes.outbox) * 1_000).toISOString()
  return {
    pk: pk?.S ?? '',
    id: sk?.S ?? '',
    lane: lane?.S ?? '',
    // A job that waited for its time was sent when it was released: then, or later.
    start: laterOf(runAt?.S, releasedAt?.S) ?? written,
    createdAt: written,
    resentAt: resentAt?.S,
    expiresAt: expiry,
  }
}

function laterOf(one: string | undefined, other: string | undefined): string | undefined {
  return one !== undefined && other !== undefined && other > one ? other : one
}
