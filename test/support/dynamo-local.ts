/** Real tables on DynamoDB Local, for tests that compare a double with what it stands for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { documentClient } from '../../functions/aws/document-client.ts'
import { startDynamoDb } from '../../local/engines/dynamodb.ts'
import { dataRoot } from '../../local/test/support/data-root.ts'
import { failingIndex, listIndex } from '../../shared/lib/names.ts'

export const tableNames = { records: 'records', outbox: 'outbox', effects: 'effects' } as const

/** Starts an engine with the three tables of a stack, empty. */
export async function startDynamoLocal(): Promise<{
  client: DynamoDBClient
  /** The same one, as the adapters take it. */
  documents: DynamoDBDocumentClient
  stop(): Promise<void>
}> {
  const dataDir = mkdtempSync(join(dataRoot(), 'dynamo-'))
  const engine = await startDynamoDb({ dataDir, log: () => {} })
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
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
      await engine.stop()
      rmSync(dataDir, { recursive: true, force: true })
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
