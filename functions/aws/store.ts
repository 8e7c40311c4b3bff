import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { ChangeRefusedError, errorLine } from '../../shared/errors.ts'
import type { Store, TransactionResult, WriteResult } from '../../shared/ports.ts'
import type { Expression, Item, TableRole, Write } from '../../shared/write.ts'
import { isBusy } from './faults.ts'

export type { TransactWriteItem }

type Names = Readonly<Record<TableRole, string>>
type Image = Record<string, AttributeValue>

/** The three tables on DynamoDB. */
export function dynamoStore(client: DynamoDBClient, tables: Names): Store {
  return {
    write: (write) => writeOne(client, tables, write),
    transact: (writes, token) => transact(client, tables, writes, token),
    async get(table, key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tables[table], Key: image(key), ConsistentRead: true }),
      )
      return Item && unmarshall(Item)
    },
  }
}

async function writeOne(client: DynamoDBClient, tables: Names, write: Write): Promise<WriteResult> {
  const input = { ...inputOf(tables, write), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }
  try {
    if (write.op === 'put') {
      await client.send(new PutItemCommand({ ...input, Item: image(write.item) }))
      return { kind: 'written', item: write.item }
    }
    if (write.op === 'delete') {
      await client.send(new DeleteItemCommand({ ...input, Key: image(write.key) }))
      return { kind: 'written', item: {} }
    }
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        ...input,
        Key: image(write.key),
        UpdateExpression: write.update.text,
        ReturnValues: write.quiet ? 'NONE' : 'ALL_NEW',
      }),
    )
    return { kind: 'written', item: unmarshall(Attributes ?? {}) }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return { kind: 'refused', met: error.Item && unmarshall(error.Item) }
    }
    throw error
  }
}

async function transact(
  client: DynamoDBClient,
  tables: Names,
  writes: readonly Write[],
  token: string,
): Promise<TransactionResult> {
  try {
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: writes.map((w) => transactItem(tables, w)),
        ClientRequestToken: token.slice(0, 36),
      }),
    )
    return { kind: 'written' }
  } catch (error) {
    if (error instanceof TransactionCanceledException) return cancelled(error)
    // Also when the answer was lost: the same token makes it safe to ask again.
    if (isBusy(error)) return { kind: 'busy', reason: errorLine(error) }
    throw error
  }
}

/** Reasons stand in the order of the writes; `None` is a write that was fine. A failed condition outweighs a conflict: it stays failed. */
function cancelled(error: TransactionCanceledException): TransactionResult {
  const reasons = error.CancellationReasons ?? []
  if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) {
    return {
      kind: 'refused',
      met: reasons.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' ? unmarshall(Item ?? {}) : undefined)),
    }
  }
  const final = reasons.find(({ Code }) => Code === 'ValidationError' || Code === 'ItemCollectionSizeLimitExceeded')
  if (final) throw new ChangeRefusedError(`DynamoDB refuses the change: ${final.Message ?? final.Code}`)
  return { kind: 'busy', reason: reasons.map(({ Code }) => Code ?? 'None').join(', ') }
}

/** A write as part of a transaction. */
export function transactItem(tables: Names, write: Write): TransactWriteItem {
  const input = { ...inputOf(tables, write), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }
  if (write.op === 'put') return { Put: { ...input, Item: image(write.item) } }
  if (write.op === 'delete') return { Delete: { ...input, Key: image(write.key) } }
  return { Update: { ...input, Key: image(write.key), UpdateExpression: write.update.text } }
}

/** Table and expressions. DynamoDB refuses empty maps of names or values, so they are left out. */
function inputOf(tables: Names, write: Write) {
  const expressions: Expression[] = [
    ...(write.op === 'update' ? [write.update] : []),
    ...(write.condition ? [write.condition] : []),
  ]
  const names = Object.assign({}, ...expressions.map((e) => e.names))
  const values = Object.assign({}, ...expressions.map((e) => e.values))
  return {
    TableName: tables[write.table],
    ...(write.condition ? { ConditionExpression: write.condition.text } : {}),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: image(values) } : {}),
  }
}

function image(item: Item): Image {
  return marshall(item, { removeUndefinedValues: true })
}
