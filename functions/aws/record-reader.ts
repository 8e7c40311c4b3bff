import { type DynamoDBDocumentClient, GetCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { ownAttributes } from '../../shared/define/record/attributes.ts'
import { recordIn, recordKey, recordsIn } from '../../shared/define/record/item.ts'
import type { ListRange, PartitionRange, RecordReader } from '../../shared/define/services.ts'
import { giveListIndex, listIndex } from '../../shared/lib/names.ts'
import type { Item } from '../../shared/lib/write.ts'

/** Reads records from DynamoDB. Reads of a key or a partition are consistent: they see every commit that was answered before. */
export function recordReader(client: DynamoDBDocumentClient, table: string): RecordReader {
  return {
    async get(record, identity) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { ...recordKey(record, identity) }, ConsistentRead: true }),
      )
      return Item && recordIn(record, Item)
    },
    async list(record, { limit, skipUnreadable, ...range }) {
      const query = 'listed' in range ? listQuery(range) : partitionQuery(range)
      const { Items = [], LastEvaluatedKey } = await client
        .send(new QueryCommand({ TableName: table, Limit: limit, ...query }))
        .catch((error: Error) => {
          throw isNoIndex(error) ? withoutIndex(table, record.name, error) : error
        })
      const read = recordsIn(record, Items, { skipUnreadable })
      return LastEvaluatedKey ? { ...read, next: nextOf(LastEvaluatedKey) } : read
    },
  }
}

type Query = Omit<QueryCommandInput, 'TableName'>

function partitionQuery({ pk, prefix, after, newestFirst = false }: PartitionRange & { after?: string }): Query {
  return {
    KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
    ConsistentRead: true,
    ScanIndexForward: !newestFirst,
    ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
  }
}

/** A place in the index has both keys of the table in it. */
function listQuery({ listed, after }: ListRange & { after?: string }): Query {
  const [pk, sk] = after === undefined ? [] : (JSON.parse(after) as string[])
  return {
    IndexName: listIndex.name,
    KeyConditionExpression: '#listed = :listed',
    ExpressionAttributeNames: { '#listed': listIndex.partitionKey },
    ExpressionAttributeValues: { ':listed': listed },
    ExclusiveStartKey: after === undefined ? undefined : { [listIndex.partitionKey]: listed, pk, sk },
  }
}

function isNoIndex({ name, message }: Error): boolean {
  return name === 'ValidationException' && /index/i.test(message)
}

/** Only a table that was there before the outbox can lack it. */
function withoutIndex(table: string, record: string, cause: Error): Error {
  return new Error(
    `the table ${table} has no index "${listIndex.name}", so no list of ${record} can be read: ${giveListIndex}`,
    { cause },
  )
}

function nextOf({ pk, sk, [ownAttributes.listed]: listed }: Item): string {
  return listed === undefined ? String(sk) : JSON.stringify([pk, sk])
}
