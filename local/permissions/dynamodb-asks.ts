import type { Call } from '../gateway/call.ts'
import type { StackModel } from '../model.ts'
import { accessContext } from './dynamodb-context.ts'
import type { Need } from './need.ts'

type Input = Call['input']

/** AWS checks the parts of a transaction as the single actions they are. */
const TRANSACTION_PARTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
}

const WITHOUT_RESOURCE = ['ListTables', 'DescribeLimits', 'DescribeEndpoints', 'ListBackups', 'ListGlobalTables']

export function dynamoAsks({ operation, input }: Call, model: StackModel): Need[] {
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems')
    return transaction(operation, input, model)
  if (operation === 'BatchWriteItem' || operation === 'BatchGetItem') return batch(operation, input, model)
  if (WITHOUT_RESOURCE.includes(operation))
    return [{ action: `dynamodb:${operation}`, resources: ['*'], context: () => ({}) }]
  return [itemNeed(operation, input, model)]
}

export function streamAsks({ operation, input }: Call, model: StackModel): Need[] {
  const action = `dynamodb:${operation}`
  // DynamoDB knows no resources for ListStreams.
  if (operation === 'ListStreams') return [{ action, resources: ['*'], context: () => ({}) }]
  const arn = typeof input.StreamArn === 'string' ? input.StreamArn : streamOfIterator(input.ShardIterator, model)
  return [{ action, resources: [arn], context: () => ({}) }]
}

/** A shard iterator begins with the engine's ARN of its stream. */
function streamOfIterator(iterator: unknown, model: StackModel): string {
  const name = /:table\/([^/]+)\/stream\//.exec(String(iterator))?.[1]
  const table = model.tables.find((candidate) => candidate.name === name)
  return table?.streamArn ?? `${tableArn(name, model)}/stream/unknown`
}

/** Reading through an index asks for the index, not for its table. */
function itemNeed(action: string, input: Input, model: StackModel): Need {
  const table = tableArn(input.TableName, model)
  const resource = typeof input.IndexName === 'string' ? `${table}/index/${input.IndexName}` : table
  return { action: `dynamodb:${action}`, resources: [resource], context: () => accessContext(input, model) }
}

function transaction(operation: string, input: Input, model: StackModel): Need[] {
  const parts = Array.isArray(input.TransactItems) ? input.TransactItems : []
  return parts.flatMap((part: Record<string, Input>) =>
    Object.entries(part).map(([kind, item]) => {
      const need = itemNeed(TRANSACTION_PARTS[kind] ?? kind, item, model)
      return { ...need, context: () => ({ ...need.context(), 'dynamodb:EnclosingOperation': [operation] }) }
    }),
  )
}

function batch(operation: string, input: Input, model: StackModel): Need[] {
  const tables = Object.entries((input.RequestItems ?? {}) as Record<string, unknown>)
  return tables.flatMap(([TableName, requests]) =>
    batchItems(requests).map((item) => itemNeed(operation, { ...item, TableName }, model)),
  )
}

/** `[{PutRequest: {Item}}, {DeleteRequest: {Key}}]` of a write, `{Keys, …}` of a read: one input each. */
function batchItems(requests: unknown): Input[] {
  if (Array.isArray(requests)) return requests.flatMap((entry: Record<string, Input>) => Object.values(entry))
  const { Keys = [], ...rest } = requests as { Keys?: unknown[] }
  return Keys.map((Key) => ({ ...rest, Key }))
}

function tableArn(nameOrArn: unknown, model: StackModel): string {
  const name = String(nameOrArn ?? '')
  return name.startsWith('arn:') ? name : `arn:aws:dynamodb:${model.region}:${model.accountId}:table/${name}`
}
