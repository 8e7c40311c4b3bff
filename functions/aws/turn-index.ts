import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { groupKey } from '../../shared/lib/id.ts'
import { turnIndex } from '../../shared/lib/names.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { OrderedDeps } from '../../shared/outbox/ordered-relay.ts'
import type { Turn } from '../../shared/outbox/turn.ts'
import { queried } from './query.ts'

/** The local index of the jobs of a group that wait for their time, as of the last write. */
export function turnIndexOf(client: DynamoDBDocumentClient, table: string): OrderedDeps['turns'] {
  return async (group, since, until) => {
    const items = await queried(client, {
      TableName: table,
      IndexName: turnIndex.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :group AND turn BETWEEN :since AND :until',
      ExpressionAttributeValues: { ':group': groupKey(group), ':since': since, ':until': until },
    })
    return items.map(turnOf)
  }
}

function turnOf({ sk, lane, runAt, createdAt, seq }: Item): Turn {
  return {
    id: String(sk),
    lane: String(lane),
    ...(typeof runAt === 'string' && { runAt }),
    createdAt: String(createdAt),
    seq: Number(seq ?? 0),
  }
}
