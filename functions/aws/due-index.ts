import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { dueIndex } from '../../shared/lib/names.ts'
import type { Waiting } from '../../shared/outbox/timer.ts'
import type { SweepDeps } from '../../shared/recovery/sweep.ts'

/** The sparse index of jobs that wait for their time. An entry has what a release needs, and no payload. */
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
          Limit: 500,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      if (Items.length > 0) yield Items.map(waitingOf)
      start = LastEvaluatedKey
    } while (start)
  }
}

function waitingOf(image: Record<string, AttributeValue>): Waiting {
  const { sk, lane, runAt } = unmarshall(image)
  return { id: String(sk), lane: String(lane), runAt: String(runAt) }
}
