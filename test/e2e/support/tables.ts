import { randomUUID } from 'node:crypto'
import { PutItemCommand, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { outboxKey } from '../../../shared/lib/id.ts'
import { dynamodb, tableName } from './aws.ts'

type Item = Record<string, unknown>

/** All items of a table in which some text occurs. */
export async function itemsWith(table: 'records' | 'outbox' | 'effects', text: string): Promise<Item[]> {
  const found: Item[] = []
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: tableName(table) }))
    found.push(
      ...Items.map((item) => unmarshall(item, { wrapNumbers: Number })).filter((item) =>
        JSON.stringify(item).includes(text),
      ),
    )
  return found
}

/** An outbox item as the stack itself would write it, for a probe. */
export function outboxItem(payload: unknown, more: Item = {}): Item & { id: string } {
  const id = randomUUID()
  return {
    pk: id,
    sk: id,
    v: 1,
    id,
    type: 'probe',
    version: 1,
    payload: JSON.stringify(payload),
    lane: 'urgent',
    hops: 0,
    createdAt: new Date().toISOString(),
    expiresAt: Math.ceil(Date.now() / 1000) + 86_400,
    ...more,
  }
}

/** Puts an item straight into the outbox, past the API. */
export async function putInOutbox(item: Item): Promise<void> {
  await dynamodb.send(
    new PutItemCommand({ TableName: tableName('outbox'), Item: marshall(item, { removeUndefinedValues: true }) }),
  )
}

/** Gives a job that waits in the outbox another time. No relay sees an update, so none sets a timer for it. */
export async function bringForward(id: string, at: string): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName('outbox'),
      Key: marshall(outboxKey(id)),
      UpdateExpression: 'SET runAt = :at, dueAt = :at',
      ConditionExpression: 'attribute_exists(due)',
      ExpressionAttributeValues: marshall({ ':at': at }),
    }),
  )
}

/** The message that the relay would make of an outbox item. */
export function messageOf({ pk, sk, expiresAt, payload, ...envelope }: Item): string {
  return JSON.stringify({ ...envelope, payload: JSON.parse(String(payload)) })
}
