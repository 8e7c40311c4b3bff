import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { Effect } from '../../shared/execution/effect.ts'
import { failingIndex } from '../../shared/lib/names.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { JobFailure } from '../../shared/recovery/error-groups.ts'
import type { FailingFilter, FailingIndex } from '../../shared/recovery/failing-jobs.ts'
import { queried } from './query.ts'

/** The sparse index of failing jobs. It is eventually consistent: a job shows up, or leaves, a moment after it changed. */
export function failingIndexOf(client: DynamoDBDocumentClient, table: string): FailingIndex {
  const index = { TableName: table, IndexName: failingIndex.name }
  return {
    async query(partition, filter, { after, limit }) {
      const { since, until } = boundsOf(filter)
      // DynamoDB refuses bounds that are the wrong way round, and a place outside them; a caller may ask for either.
      if (since > until || (after && after.failingAt > until)) return []
      const ExclusiveStartKey =
        after && after.failingAt >= since ? { failing: partition, failingAt: after.failingAt, pk: after.pk } : undefined
      const items = await queried(client, { ...index, ...conditions(partition, filter), ExclusiveStartKey }, limit)
      return items as unknown as Effect[]
    },
    async errors(partition, filter, limit) {
      const { since, until } = boundsOf(filter)
      if (since > until) return []
      const { ExpressionAttributeNames, ...query } = conditions(partition, filter)
      const items = await queried(
        client,
        {
          ...index,
          ...query,
          ExpressionAttributeNames: { ...ExpressionAttributeNames, '#type': 'type' },
          // The rest of an effect, with the failures of every attempt, is most of it.
          ProjectionExpression: '#type, lastError',
        },
        limit,
      )
      return items as unknown as JobFailure[]
    },
    async count(partition) {
      let count = 0
      let start: Item | undefined
      do {
        const page = await client.send(
          new QueryCommand({ ...index, Select: 'COUNT', ...conditions(partition, {}), ExclusiveStartKey: start }),
        )
        count += page.Count ?? 0
        start = page.LastEvaluatedKey
      } while (start)
      return count
    },
  }
}

/**
 * Both times bound the sort key, so that only what matches is read. A key is a time and more, so it comes after `since`
 * when the time is the same, and after `until` too: the one is inclusive, the other exclusive.
 */
function conditions(partition: string, filter: FailingFilter) {
  const { type } = filter
  const { since, until } = boundsOf(filter)
  const range = 'failing = :partition AND failingAt BETWEEN :since AND :until'
  const values = { ':partition': partition, ':since': since, ':until': until }
  return type === undefined
    ? { KeyConditionExpression: range, ExpressionAttributeValues: values }
    : {
        KeyConditionExpression: range,
        FilterExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: { ...values, ':type': type },
      }
}

function boundsOf({ since = '0', until = '9' }: FailingFilter) {
  return { since, until }
}
