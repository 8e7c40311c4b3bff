import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import type { Table } from '../model.ts'

export async function provisionTable(table: Table, dynamodb: DynamoDBClient): Promise<void> {
  const existing = await describe(table.name, dynamodb)
  if (existing) {
    requireSameShape(table, existing)
  } else {
    await dynamodb.send(new CreateTableCommand(definition(table)))
    await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1 }, { TableName: table.name })
  }
  await setTimeToLive(table, dynamodb)
}

async function describe(TableName: string, dynamodb: DynamoDBClient): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

function definition(table: Table): CreateTableCommandInput {
  const attributes = [table, ...table.indexes].flatMap(({ partitionKey, sortKey }) =>
    [partitionKey, sortKey ?? []].flat(),
  )
  const types = new Map(attributes.map(({ name, type }) => [name, type]))
  return {
    TableName: table.name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    KeySchema: keySchema(table),
    ...indexesOf(table),
    StreamSpecification: table.streamViewType && { StreamEnabled: true, StreamViewType: table.streamViewType },
  }
}

/** DynamoDB refuses a list of indexes that is empty. */
function indexesOf(table: Table): Pick<CreateTableCommandInput, 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'> {
  const listed = (isLocal: boolean) =>
    table.indexes
      .filter((index) => (index.isLocal ?? false) === isLocal)
      .map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection: {
          ProjectionType: index.projection.type,
          NonKeyAttributes: index.projection.attributes && [...index.projection.attributes],
        },
      }))
  const [ofTable, ofPartitions] = [listed(false), listed(true)]
  return {
    GlobalSecondaryIndexes: ofTable.length > 0 ? ofTable : undefined,
    LocalSecondaryIndexes: ofPartitions.length > 0 ? ofPartitions : undefined,
  }
}

function keySchema({ partitionKey, sortKey }: Pick<Table, 'partitionKey' | 'sortKey'>) {
  const hash = { AttributeName: partitionKey.name, KeyType: 'HASH' as const }
  return sortKey ? [hash, { AttributeName: sortKey.name, KeyType: 'RANGE' as const }] : [hash]
}

function requireSameShape(table: Table, existing: TableDescription): void {
  const wanted = shape(definition(table))
  const found = shape(existing)
  const differs = Object.keys(wanted).filter((part) => wanted[part] !== found[part])
  if (differs.length === 0) return
  throw new Error(
    `The stored table ${table.name} differs from the template in its ${differs.join(' and ')}. ` +
      'Delete the data directory (DATA_DIR) to start with new tables',
  )
}

/** What of a table cannot change while it has contents, each part as comparable text. */
function shape(table: TableDescription | CreateTableCommandInput): Readonly<Record<string, string>> {
  const types = Object.fromEntries((table.AttributeDefinitions ?? []).map((a) => [a.AttributeName, a.AttributeType]))
  const keys = (schema: TableDescription['KeySchema']) =>
    (schema ?? []).map((key) => `${key.KeyType} ${key.AttributeName} ${types[key.AttributeName ?? '']}`).join(', ')
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])].map((index) => {
    const { ProjectionType, NonKeyAttributes = [] } = index.Projection ?? {}
    return `${index.IndexName}: ${keys(index.KeySchema)}; ${ProjectionType} ${[...NonKeyAttributes].sort()}`
  })
  return {
    key: keys(table.KeySchema),
    indexes: indexes.sort().join('\n'),
    stream: table.StreamSpecification?.StreamViewType ?? 'none',
  }
}

async function setTimeToLive({ name: TableName, ttlAttribute }: Table, dynamodb: DynamoDBClient): Promise<void> {
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }))
  const isOn = /^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? '')
  const current = isOn ? TimeToLiveDescription?.AttributeName : undefined
  if (current === ttlAttribute) return
  const set = (AttributeName: string, Enabled: boolean) =>
    dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }))
  if (current) await set(current, false)
  if (ttlAttribute) await set(ttlAttribute, true)
}
