import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { groupKey } from '../../shared/lib/id.ts'
import { turnIndex } from '../../shared/lib/names.ts'
import type { OrderedDeps } from '../../shared/outbox/ordered-relay.ts'
import type { Turn } from '../../shared/outbox/turn.ts'

/** The local index of the jobs of a group that wait for their time, as of the last write. */
export function turnIndexOf(client: DynamoDBClient, table: string): OrderedDeps['turns'] {
  return async (group, since, until) => {
    const found: Turn[] = []
    let start: Record<string, AttributeValue> | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: turnIndex.name,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :group AND turn BETWEEN :since AND :until',
          ExpressionAttributeValues: marshall({ ':group': groupKey(group), ':since': since, ':until': until }),
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      found.push(...Items.map((image) => turnOf(unmarshall(image))))
      start = LastEvaluatedKey
    } while (start)
    return found
  }
}

function turnOf({ sk, lane, runAt, createdAt, seq }: Record<string, unknown>): Turn {
  return {
    id: String(sk),
    lane: String(lane),
    runAt: String(runAt),
    createdAt: String(createdAt),
    seq: Number(seq ?? 0),
  }
}
