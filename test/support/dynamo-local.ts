/** Real tables on DynamoDB Local, for tests that compare a double with what it stands for. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { documentClient } from '../../functions/aws/document-client.ts'
import { sharedDynamoDb } from '../../local/test/support/shared-dynamodb.ts'
import { dueIndex, failingIndex, jobIndex, listIndex } from '../../shared/lib/names.ts'

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
  await client.send(createTable(tableNames.outbox, ['pk', 'sk'], dueIndex, jobIndex))
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
  readonly also?: readonly string[]
}

function createTable(TableName: string, key: readonly string[], ...indexes: readonly Index[]): CreateTableCommand {
  const indexKeys = indexes.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey])
  const attributes = [...new Set([...key, ...indexKeys])]
  return new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(key),
    AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(indexOf) }),
  })
}

function indexOf({ name, partitionKey, sortKey, also }: Index) {
  const projection = also
    ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...also] }
    : { ProjectionType: 'ALL' as const }
  return { IndexName: name, KeySchema: keySchema([partitionKey, sortKey]), Projection: projection }
}

function keySchema(names: readonly string[]) {
  return names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const) }))
}
