import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { dueIndex } from '../../shared/names.ts'
import { envelopesOf } from '../../shared/outbox-item.ts'
import type { SweepDeps } from '../../shared/sweep.ts'

/** The sparse index of jobs that wait for their time. */
export function dueIndexOf(client: DynamoDBClient, table: string): SweepDeps['due'] {
  return async function* (bucket, until) {
    let start: Record<string, AttributeValue> | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: dueIndex.name,
          KeyConditionExpression: 'due = :bucket AND runAt <= :until',
          ExpressionAttributeValues: marshall({ ':bucket': bucket, ':until': until }),
          Limit: 100,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      const envelopes = envelopesOf(Items.map((item) => unmarshall(item)))
      if (envelopes.length > 0) yield envelopes
      start = LastEvaluatedKey
    } while (start)
  }
}
