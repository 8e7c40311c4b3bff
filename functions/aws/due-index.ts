import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { dueIndex } from '../../shared/lib/names.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { Waiting } from '../../shared/outbox/timer.ts'
import type { SweepDeps } from '../../shared/recovery/sweep.ts'

/** The sparse index of jobs that wait for their time. An entry has what a release needs, and no payload. */
export function dueIndexOf(client: DynamoDBDocumentClient, table: string): SweepDeps['due'] {
  return async function* (bucket, until) {
    let start: Item | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: dueIndex.name,
          KeyConditionExpression: 'due = :bucket AND dueAt <= :until',
          ExpressionAttributeValues: { ':bucket': bucket, ':until': until },
          Limit: 500,
          ExclusiveStartKey: start,
        }),
      )
      if (Items.length > 0) yield Items.map(waitingOf)
      start = LastEvaluatedKey
    } while (start)
  }
}

function waitingOf({ sk, lane, dueAt, debounced }: Item): Waiting {
  return { id: String(sk), lane: String(lane), dueAt: String(dueAt), ...(debounced === true && { debounced }) }
}
