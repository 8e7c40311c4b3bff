import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { decodeItem, type Envelope } from '../../shared/outbox-item.ts'
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
  if (id === undefined || start === undefined) return []
  return [{ id, start, resentAt: image.resentAt?.S, envelope: () => envelopeOf(image) }]
}

function envelopeOf(image: Record<string, AttributeValue>): Envelope | undefined {
  const decoded = decodeItem(unmarshall(image))
  return decoded.kind === 'envelope' ? decoded.envelope : undefined
}
