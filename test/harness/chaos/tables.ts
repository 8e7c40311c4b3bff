/** Reads whole tables through the local AWS endpoint. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { tableName } from '../../e2e/support/aws.ts'

export const clientConfig = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

export type Item = Readonly<Record<string, unknown>>

/** All items of a table. */
export async function readTable(awsUrl: string, table: 'records' | 'outbox' | 'effects'): Promise<Item[]> {
  const client = new DynamoDBClient(clientConfig(awsUrl))
  try {
    const items: Item[] = []
    const pages = paginateScan({ client }, { TableName: tableName(table), ConsistentRead: true })
    for await (const { Items = [] } of pages)
      items.push(...Items.map((item) => unmarshall(item, { wrapNumbers: Number })))
    return items
  } finally {
    client.destroy()
  }
}

/** Ids of the callbacks of all batches, from their items in the effects table. */
export function callbackIdsIn(effects: readonly Item[]): Set<unknown> {
  return new Set(effects.flatMap(({ onFinished }) => (onFinished ? [JSON.parse(String(onFinished)).id] : [])))
}
