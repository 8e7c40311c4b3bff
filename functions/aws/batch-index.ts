import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { BatchIndex, BatchPlace } from '../../shared/batch/batch-pages.ts'
import { batchIndex } from '../../shared/lib/names.ts'
import { queried } from './query.ts'

/** The sparse index of batches. It is eventually consistent: a batch shows up, or changes its group, a moment later. */
export function batchIndexOf(client: DynamoDBDocumentClient, table: string): BatchIndex {
  return {
    async query(partition, { after, limit, newestFirst = false }) {
      const items = await queried(
        client,
        {
          TableName: table,
          IndexName: batchIndex.name,
          KeyConditionExpression: 'batches = :partition',
          ExpressionAttributeValues: { ':partition': partition },
          ExclusiveStartKey: after && { batches: partition, batchesAt: after.batchesAt, pk: after.pk },
          ScanIndexForward: !newestFirst,
        },
        limit,
      )
      return items as unknown as BatchPlace[]
    },
  }
}
