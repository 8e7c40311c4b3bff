import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Effect } from '../../shared/execution/effect.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import { dueIndex, failingIndex, jobIndex } from '../../shared/lib/names.ts'
import type { Item } from '../../shared/lib/write.ts'
import type { IndexName, JobEntry, JobIndexes } from '../../shared/recovery/job-list/newest-first.ts'
import { queried } from './query.ts'

/** An index, and its items as entries. */
interface Source {
  readonly table: 'outbox' | 'effects'
  readonly index: { readonly name: string; readonly partitionKey: string; readonly sortKey: string }
  entryOf(item: Item): JobEntry
}

const sources: Readonly<Record<IndexName, Source>> = {
  jobs: {
    table: 'outbox',
    index: jobIndex,
    entryOf({ sk, listedAt, type, lane }) {
      const at = String(listedAt)
      return { id: String(sk), at, type: textOf(type), lane: textOf(lane), createdAt: at.split('#', 1)[0] }
    },
  },
  due: {
    table: 'outbox',
    index: dueIndex,
    entryOf: ({ sk, dueAt, lane }) => ({ id: String(sk), at: String(dueAt), lane: textOf(lane) }),
  },
  failing: {
    table: 'effects',
    index: failingIndex,
    entryOf(item) {
      const effect = item as unknown as Effect
      return { id: effect.pk, at: effect.failingAt ?? '', type: effect.type, lane: effect.lane, effect }
    },
  },
}

/** An attribute that is not what it should be names nothing; it must not take the list away from the others. */
const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

/** The indexes of jobs. They are eventually consistent: a job shows up, or leaves, a moment after it changed. */
export function jobIndexesOf(
  client: DynamoDBDocumentClient,
  tables: { readonly outbox: string; readonly effects: string },
): JobIndexes {
  return {
    async query(name, partition, { since = '0', upTo = '9', after, limit }) {
      const { table, index, entryOf } = sources[name]
      const { partitionKey, sortKey } = index
      // DynamoDB refuses bounds that are the wrong way round, and a place outside them; a caller may ask for either.
      if (since > upTo || (after && after.at < since)) return []
      const key = (id: string) => (table === 'outbox' ? outboxKey(id) : { pk: id })
      const isInside = after !== undefined && after.at <= upTo
      const query = {
        TableName: tables[table],
        IndexName: index.name,
        KeyConditionExpression: `${partitionKey} = :partition AND ${sortKey} BETWEEN :since AND :upTo`,
        ExpressionAttributeValues: { ':partition': partition, ':since': since, ':upTo': upTo },
        ScanIndexForward: false,
        ExclusiveStartKey: isInside ? { [partitionKey]: partition, [sortKey]: after.at, ...key(after.id) } : undefined,
      }
      return (await queried(client, query, limit)).map(entryOf)
    },
  }
}
