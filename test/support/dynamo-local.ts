/** Real tables on DynamoDB Local, for tests that compare a double with what it stands for. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { documentClient } from '../../functions/aws/document-client.ts'
import { sharedDynamoDb } from '../../local/test/support/shared-dynamodb.ts'
import { failingIndex, listIndex } from '../../shared/lib/names.ts'

export const tableNames = { records: 'records', outbox: 'outbox', effects: 'effects' } as const

/** The three tables of a stack, empty. */
export async function startDynamoLocal(): Promise<{
  client: DynamoDBClient
  /** The same one, as the adapters take it. */
  documents: DynamoDBDocumentClient
  stop(): Promise<void>
}> {
  const { endpoint, accessKeyId } = sharedDynamoDb()
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  await client.send(createTable(tableNames.records, ['pk', 'sk'], listIndex))
  await client.send(createTable(tableNames.outbox, ['pk', 'sk']))
  await client.send(createTable(tableNames.effects, ['pk'], failingIndex))
  return {
    client,
    documents: documentClient(client),
    async stop() {
      client.destroy()
    },
  }
}

interface Index {
  readonly name: string
  readonly partitionKey: string
  readonly sortKey: string
}

function createTable(TableName: string, key: readonly string[], index?: Index): CreateTableCommand {
  const indexKey = index ? [index.partitionKey, index.sortKey] : []
  const attributes = [...new Set([...key, ...indexKey])]
  const keySchema = (names: readonly string[]) =>
    names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const) }))
  return new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(key),
    AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ...(index
      ? {
          GlobalSecondaryIndexes: [
            { IndexName: index.name, KeySchema: keySchema(indexKey), Projection: { ProjectionType: 'ALL' as const } },
          ],
        }
      : {}),
  })
}
