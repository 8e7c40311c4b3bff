import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Item } from '../../shared/lib/write.ts'

/** The items that a query finds, from as many pages as it takes; `limit` of them at most. */
export async function queried(
  client: DynamoDBDocumentClient,
  query: QueryCommandInput,
  limit = Number.POSITIVE_INFINITY,
): Promise<Item[]> {
  const found: Item[] = []
  let { ExclusiveStartKey } = query
  do {
    const left = Math.max(limit - found.length, 1)
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...query, ExclusiveStartKey, Limit: Number.isFinite(left) ? left : undefined }),
    )
    found.push(...Items)
    ExclusiveStartKey = LastEvaluatedKey
  } while (ExclusiveStartKey && found.length < limit)
  return found
}
