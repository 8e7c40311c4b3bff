import type { StackModel } from '../model.ts'
import type { Call } from './call.ts'
import { type AttributeValue, type Item, itemSize } from './item-size.ts'

export interface Units {
  readUnits?: number
  writeUnits?: number
}

interface Consumed {
  readonly CapacityUnits?: number
  readonly ReadCapacityUnits?: number
}

type Output = Readonly<Record<string, unknown>>
type Input = Call['input']

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']
const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan']
const TRANSACTIONS = ['TransactWriteItems', 'TransactGetItems']

const KB = 1024

/** Whether the engine has to be asked what the operation consumed. */
export function isMetered({ service, operation }: Call): boolean {
  return service === 'dynamodb' && [...WRITES, ...READS, ...TRANSACTIONS].includes(operation)
}

/**
 * What AWS bills for an answered call.
 *
 * Single operations and batches: what the engine says, index writes included; it is right about these. Transactions: by item
 * size, because the engine doubles them and does not sum over the items of a table. Puts are exact unless they replace a
 * larger item; of updates, deletes and checks the request shows only the key and the values, so they count at least 1 KB.
 */
export function unitsOf({ operation, input }: Call, status: number, output: Output, model: StackModel): Units {
  if (status !== 200) return failedUnits(operation, input, output, model)
  const consumed = [output.ConsumedCapacity ?? []].flat() as readonly Consumed[]
  if (operation === 'TransactWriteItems') {
    const replayed = consumed.some(({ ReadCapacityUnits = 0 }) => ReadCapacityUnits > 0)
    return replayed ? { readUnits: replayUnits(input) } : { writeUnits: transactionUnits(input, model) }
  }
  const engineSays = consumed.reduce((total, { CapacityUnits = 0 }) => total + CapacityUnits, 0)
  if (WRITES.includes(operation)) return { writeUnits: engineSays }
  if (operation === 'TransactGetItems') return { readUnits: engineSays }
  // AWS bills a read that finds nothing as one of the smallest size; the engine says 0.
  return READS.includes(operation) ? { readUnits: Math.max(engineSays, input.ConsistentRead === true ? 1 : 0.5) } : {}
}

/**
 * A write whose condition fails is billed by the size of the item it met, which is known when the caller asked to have it
 * back (`ALL_OLD`), and at least 1 KB. A cancelled transaction is billed like one that succeeds. All else is free.
 */
function failedUnits(operation: string, input: Input, output: Output, model: StackModel): Units {
  const error = String(output.__type)
  if (error.endsWith('ConditionalCheckFailedException')) {
    return { writeUnits: blocks(itemSize((output.Item ?? {}) as Item), KB) }
  }
  if (error.endsWith('TransactionCanceledException') && operation === 'TransactWriteItems') {
    return { writeUnits: transactionUnits(input, model) }
  }
  return {}
}

interface Part {
  readonly kind: string
  readonly TableName: string
  readonly size: number
  readonly item: Item | undefined
}

function partsOf(input: Input): Part[] {
  const parts = (input.TransactItems ?? []) as Record<string, Record<string, unknown>>[]
  return parts.flatMap((part) =>
    Object.entries(part).map(([kind, { TableName, Item, Key, ExpressionAttributeValues = {} }]) => ({
      kind,
      TableName: String(TableName),
      size: itemSize((Item ?? { ...(Key as Item), ...(ExpressionAttributeValues as Item) }) as Item),
      item: Item as Item | undefined,
    })),
  )
}

/** Two units per started KB of each item, and one per started KB of each index entry that a put makes. */
function transactionUnits(input: Input, model: StackModel): number {
  return partsOf(input).reduce((total, part) => total + 2 * blocks(part.size, KB) + indexUnits(part, model), 0)
}

/** The same client token again: the transaction is only looked up, at two read units per 4 KB of each item. */
function replayUnits(input: Input): number {
  return partsOf(input).reduce((total, { size }) => total + 2 * blocks(size, 4 * KB), 0)
}

function indexUnits({ item, TableName }: Part, model: StackModel): number {
  const table = model.tables.find(({ name, arn }) => name === TableName || arn === TableName)
  if (!item || !table) return 0
  const entries = table.indexes.map(({ partitionKey, sortKey, projection }) => {
    const keys = [partitionKey, ...(sortKey ? [sortKey] : [])].map(({ name }) => name)
    // An index is sparse: an item that lacks one of its keys is not in it.
    if (!keys.every((key) => key in item)) return 0
    if (projection.type === 'ALL') return blocks(itemSize(item), KB)
    const tableKeys = [table.partitionKey, ...(table.sortKey ? [table.sortKey] : [])].map(({ name }) => name)
    const projected = [...keys, ...tableKeys, ...(projection.attributes ?? [])]
    return blocks(itemSize(pick(item, projected)), KB)
  })
  return entries.reduce((total, units) => total + units, 0)
}

function pick(item: Item, names: readonly string[]): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
}

function blocks(size: number, blockSize: number): number {
  return Math.max(1, Math.ceil(size / blockSize))
}
