import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { ChangeRefusedError, errorLine } from '../../shared/define/errors.ts'
import type { Store, TransactionResult, WriteResult } from '../../shared/lib/ports.ts'
import { outcomeOf, retry } from '../../shared/lib/retry.ts'
import type { Expression, TableRole, TransactWrite, Write } from '../../shared/lib/write.ts'
import { clock } from './clock.ts'
import { plainItem } from './document-client.ts'
import { isBusy, mayBeDone } from './faults.ts'

/** An item of a `TransactWriteCommand` of `@aws-sdk/lib-dynamodb`. */
export type TransactWriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

type Names = Readonly<Record<TableRole, string>>

/** The three tables on DynamoDB. */
export function dynamoStore(client: DynamoDBDocumentClient, tables: Names): Store {
  return {
    write: (write) => untilNoConflict(() => writeOne(client, tables, write)),
    transact: (writes, token) => transact(client, tables, writes, token),
    async get(table, key) {
      const { Item } = await client.send(new GetCommand({ TableName: tables[table], Key: key, ConsistentRead: true }))
      return Item
    },
  }
}

/** Pauses of a write that meets a transaction: up to 100 ms each. */
const conflict = { tries: 6, pace: { baseSeconds: 0.1, capSeconds: 0.1 } }

/**
 * DynamoDB refuses a single write while a transaction on the same item is under way, and the SDK does not repeat it. The claim
 * of a job may meet the transactions of requests that are merged into the job.
 */
async function untilNoConflict<T>(write: () => Promise<T>): Promise<T> {
  const outcome = await retry(
    clock,
    conflict,
    () => outcomeOf(write),
    (tried) => tried.status === 'rejected' && tried.reason instanceof TransactionConflictException,
  )
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}

async function writeOne(client: DynamoDBDocumentClient, tables: Names, write: Write): Promise<WriteResult> {
  const input = { ...inputOf(tables, write), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }
  try {
    if (write.op === 'put') {
      await client.send(new PutCommand({ ...input, Item: write.item }))
      return { kind: 'written', item: write.item }
    }
    if (write.op === 'delete') {
      await client.send(new DeleteCommand({ ...input, Key: write.key }))
      return { kind: 'written', item: {} }
    }
    const { Attributes } = await client.send(
      new UpdateCommand({
        ...input,
        Key: write.key,
        UpdateExpression: write.update.text,
        ReturnValues: write.quiet ? 'NONE' : 'ALL_NEW',
      }),
    )
    return { kind: 'written', item: Attributes ?? {} }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return { kind: 'refused', met: error.Item && plainItem(error.Item) }
    }
    throw finalOr(error)
  }
}

async function transact(
  client: DynamoDBDocumentClient,
  tables: Names,
  writes: readonly TransactWrite[],
  token: string,
): Promise<TransactionResult> {
  const command = new TransactWriteCommand({
    TransactItems: writes.map((w) => transactItem(tables, w)),
    ClientRequestToken: token.slice(0, 36),
  })
  const lost = watchTries(command)
  try {
    await client.send(command)
    return { kind: 'written' }
  } catch (error) {
    const result = busyOrRefused(error)
    return result.kind !== 'written' && lost() ? { ...result, mayBeWritten: true } : result
  }
}

/** Notes whether one of the SDK's own tries was lost: of several, it tells the last alone. */
function watchTries(command: TransactWriteCommand): () => boolean {
  let isLost = false
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        isLost ||= mayBeDone(error)
        throw error
      }
    },
    // The document client adds the middleware of a command twice.
    { step: 'finalizeRequest', priority: 'low', name: 'watchTries', override: true },
  )
  return () => isLost
}

function busyOrRefused(error: unknown): TransactionResult {
  if (error instanceof TransactionCanceledException) return cancelled(error)
  // Also when the answer was lost: the same token makes it safe to ask again.
  if (isBusy(error)) return { kind: 'busy', reason: errorLine(error), mayBeWritten: mayBeDone(error) }
  throw finalOr(error)
}

/** Of a request that DynamoDB never takes: it is invalid, or the items of its group have reached 10 GB. */
const neverTaken = ['ValidationException', 'ItemCollectionSizeLimitExceededException']

/** What DynamoDB says of a request that it will never take; every other fault as it is. */
function finalOr(error: unknown): unknown {
  return error instanceof Error && neverTaken.includes(error.name)
    ? new ChangeRefusedError(`DynamoDB refuses the change: ${error.message}`, { cause: error })
    : error
}

/** Reasons stand in the order of the writes; `None` is a write that was fine. A failed condition outweighs a conflict: it stays failed. */
function cancelled(error: TransactionCanceledException): TransactionResult {
  const reasons = error.CancellationReasons ?? []
  if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) {
    return {
      kind: 'refused',
      met: reasons.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' ? plainItem(Item ?? {}) : undefined)),
    }
  }
  const final = reasons.find(({ Code }) => Code === 'ValidationError' || Code === 'ItemCollectionSizeLimitExceeded')
  if (final) throw new ChangeRefusedError(`DynamoDB refuses the change: ${final.Message ?? final.Code}`)
  return { kind: 'busy', reason: reasons.map(({ Code }) => Code ?? 'None').join(', ') }
}

/** A write as part of a transaction. */
export function transactItem(tables: Names, write: TransactWrite): TransactWriteItem {
  // Nobody reads what a check has met.
  if (write.op === 'check') return { ConditionCheck: { ...inputOf(tables, write), Key: write.key } }
  const input = { ...inputOf(tables, write), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }
  if (write.op === 'put') return { Put: { ...input, Item: write.item } }
  if (write.op === 'delete') return { Delete: { ...input, Key: write.key } }
  return { Update: { ...input, Key: write.key, UpdateExpression: write.update.text } }
}

/** Table and expressions. DynamoDB refuses empty maps of names or values, so they are left out. */
function inputOf(tables: Names, write: TransactWrite) {
  const expressions: Expression[] = [
    ...(write.op === 'update' ? [write.update] : []),
    ...(write.condition ? [write.condition] : []),
  ]
  const names = Object.assign({}, ...expressions.map((e) => e.names))
  const values = Object.assign({}, ...expressions.map((e) => e.values))
  return {
    TableName: tables[write.table],
    ConditionExpression: write.condition?.text,
    ExpressionAttributeNames: Object.keys(names).length > 0 ? names : undefined,
    ExpressionAttributeValues: Object.keys(values).length > 0 ? values : undefined,
  }
}
