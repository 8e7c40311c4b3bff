import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { expiresAfter, lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Item } from '../../shared/lib/write.ts'
import { latestExpiry } from '../../shared/outbox/outbox-item.ts'
import type { Written } from '../../shared/recovery/reconcile-checks.ts'
import type { PassDeps } from '../../shared/recovery/reconcile-pass.ts'

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

/**
 * Of a malformed item only the key is sure. One without a time was written a lifetime before it expires; one that would
 * never expire, a lifetime after it was written: so each is checked for the last time, and ends.
 */
function writtenOf({ pk, sk, lane, runAt, dueAt, releasedAt, createdAt, resentAt, expiresAt }: Item): Written {
  const ttl = typeof expiresAt === 'number' && expiresAt <= latestExpiry ? expiresAt : undefined
  const written = timeOf(createdAt) ?? new Date(Math.max(0, (ttl ?? 0) - lifetimes.outbox) * 1_000).toISOString()
  return {
    pk: textOf(pk) ?? '',
    id: textOf(sk) ?? '',
    lane: textOf(lane) ?? '',
    // A job that waits has no message before its time; one that waited was sent when it was released, then or later.
    start: latestOf([runAt, dueAt, releasedAt].flatMap((at) => timeOf(at) ?? [])) ?? written,
    createdAt: written,
    resentAt: timeOf(resentAt),
    expiresAt: ttl ?? expiresAfter(new Date(written), lifetimes.outbox),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** A text that can be compared with other times. */
function timeOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text !== undefined && time.test(text) ? text : undefined
}

function latestOf(times: readonly string[]): string | undefined {
  return times.toSorted().at(-1)
}
