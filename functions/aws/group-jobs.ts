import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { groupKey } from '../../shared/lib/id.ts'
import type { Turn } from '../../shared/outbox/turn.ts'

/** Most jobs of a group that are read; of these, most have ended. */
const mostRead = 200

/** The jobs of a group, at most 200 of them: those with the latest ids, which are nearly those that were written last. */
export function groupJobsOf(
  client: DynamoDBDocumentClient,
  table: string,
): (group: string) => Promise<readonly Turn[]> {
  return async (group) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :group',
        ExpressionAttributeNames: { '#lane': 'lane' },
        ExpressionAttributeValues: { ':group': groupKey(group) },
        ProjectionExpression: 'sk, #lane, runAt, createdAt, seq',
        ScanIndexForward: false,
        Limit: mostRead,
      }),
    )
    return Items.map(({ sk, lane, runAt, createdAt, seq }) => ({
      id: String(sk),
      lane: String(lane),
      createdAt: String(createdAt),
      ...(runAt !== undefined && { runAt: String(runAt) }),
      seq: Number(seq ?? 0),
    }))
  }
}
