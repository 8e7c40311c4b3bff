import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Effect } from '../../shared/execution/effect.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import { failingIndex } from '../../shared/lib/names.ts'
import { envelopesOf } from '../../shared/outbox/envelope.ts'
import type { JobFailure } from '../../shared/recovery/error-groups.ts'
import type { FailingFilter, FailingIndex } from '../../shared/recovery/failing-jobs.ts'
import type { ReconcileDeps } from '../../shared/recovery/reconcile.ts'
import type { RedriveDeps } from '../../shared/recovery/redrive.ts'

type Image = Record<string, AttributeValue>

/** The sparse index of failing jobs. It is eventually consistent: a job shows up, or leaves, a moment after it changed. */
export function failingIndexOf(client: DynamoDBClient, table: string): FailingIndex {
  return {
    async query(partition, filter, { after, limit }) {
      const { since, until } = boundsOf(filter)
      // DynamoDB refuses bounds that are the wrong way round, and a place outside them; a caller may ask for either.
      if (since > until || (after && after.failingAt > until)) return []
      const found: Effect[] = []
      let start: Image | undefined =
        after && after.failingAt >= since
          ? marshall({ failing: partition, failingAt: after.failingAt, pk: after.pk })
          : undefined
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: failingIndex.name,
            ...conditions(partition, filter),
            Limit: Math.max(limit - found.length, 1),
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        )
        found.push(...(page.Items ?? []).map((item) => unmarshall(item) as Effect))
        start = page.LastEvaluatedKey
      } while (start && found.length < limit)
      return found
    },
    async errors(partition, filter, limit) {
      const { since, until } = boundsOf(filter)
      if (since > until) return []
      const found: JobFailure[] = []
      const { ExpressionAttributeNames, ...query } = conditions(partition, filter)
      let start: Image | undefined
      do {
        const page: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: failingIndex.name,
            ...query,
            ExpressionAttributeNames: { ...ExpressionAttributeNames, '#type': 'type' },
            // The rest of an effect, with the failures of every attempt, is most of it.
            ProjectionExpression: '#type, lastError',
            Limit: limit - found.length,
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        )
        found.push(...(page.Items ?? []).map((item) => unmarshall(item) as JobFailure))
        start = page.LastEvaluatedKey
      } while (start && found.length < limit)
      return found
    },
    async count(partition) {
      let count = 0
      let start: Image | undefined
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: failingIndex.name,
            Select: 'COUNT',
            ...conditions(partition, {}),
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
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
    ? { KeyConditionExpression: range, ExpressionAttributeValues: marshall(values) }
    : {
        KeyConditionExpression: range,
        FilterExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: marshall({ ...values, ':type': type }),
      }
}

function boundsOf({ since = '0', until = '9' }: FailingFilter) {
  return { since, until }
}

/** Reads effects and outbox items in batches of up to 100; as of the last write, unless the half of its price will do. */
export function batchReader(
  client: DynamoDBClient,
  tables: { readonly outbox: string; readonly effects: string },
  { consistent } = { consistent: true },
): Pick<RedriveDeps, 'effects' | 'envelopes'> & Pick<ReconcileDeps, 'items'> {
  return {
    async items(keys) {
      const items = await getAll(
        client,
        tables.outbox,
        keys.map(({ pk, sk }) => marshall({ pk, sk })),
        consistent,
      )
      return items.map((item) => unmarshall(item))
    },
    async effects(ids) {
      const items = await getAll(
        client,
        tables.effects,
        ids.map((pk) => marshall({ pk })),
        consistent,
      )
      return items.map((item) => unmarshall(item) as Effect)
    },
    envelopes: envelopeReader(client, tables.outbox, consistent),
  }
}

/** Reads several outbox items as envelopes. */
export function envelopeReader(client: DynamoDBClient, table: string, consistent: boolean): RedriveDeps['envelopes'] {
  return async (ids) => {
    const keys = ids.map((id) => marshall(outboxKey(id)))
    return envelopesOf((await getAll(client, table, keys, consistent)).map((item) => unmarshall(item)))
  }
}

async function getAll(
  client: DynamoDBClient,
  table: string,
  keys: readonly Image[],
  consistent: boolean,
): Promise<Image[]> {
  const found: Image[] = []
  let left = [...keys]
  while (left.length > 0) {
    const batch = left.splice(0, 100)
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: batch, ConsistentRead: consistent } } }),
    )
    found.push(...(Responses?.[table] ?? []))
    left = [...left, ...(UnprocessedKeys?.[table]?.Keys ?? [])]
  }
  return found
}
