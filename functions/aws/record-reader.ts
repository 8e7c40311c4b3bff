import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { RecordReader } from '../../shared/services.ts'

/** Reads records from DynamoDB. Reads are consistent: they see every commit that was answered before. */
export function recordReader(client: DynamoDBClient, table: string): RecordReader {
  return {
    async get(record, identity) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: marshall(record.key(identity)), ConsistentRead: true }),
      )
      return Item && record.schema.parse(unmarshall(Item))
    },
    async list(record, { pk, prefix, after, limit, newestFirst = false }) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': prefix }, { removeUndefinedValues: true }),
          ConsistentRead: true,
          ScanIndexForward: !newestFirst,
          Limit: limit,
          ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk, sk: after }) }),
        }),
      )
      const next = LastEvaluatedKey && (unmarshall(LastEvaluatedKey).sk as string)
      return {
        values: Items.map((item) => record.schema.parse(unmarshall(item))),
        ...(next === undefined ? {} : { next }),
      }
    },
  }
}
