import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { decodeItem } from '../../shared/outbox-item.ts'
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
      yield Items.flatMap((image): Written[] => {
        const item = unmarshall(image)
        const decoded = decodeItem(item)
        return decoded.kind === 'envelope' ? [{ envelope: decoded.envelope, resentAt: item.resentAt }] : []
      })
      start = LastEvaluatedKey
    } while (start)
  }
}
