import type { StackModel } from '../model.ts'
import type { Call } from './call.ts'
import { type AttributeValue, type Item, itemSize } from './item-size.ts'

export interface Units {
  readUnits?: number
  writeUnits?: number
}

/** Units, and where they were consumed. */
export interface Consumption extends Units {
  readonly table: string
  /** Absent for the table itself, and for what a single write did to the table's indexes along with it. */
  readonly index?: string
}

interface Consumed {
  readonly TableName?: string
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
 * What AWS bills for an answered call, by table.
 *
 * Single operations and batches: what the engine says, index writes included; it is right about these. Transactions: by item
 * size, because the engine doubles them and does not sum over the items of a table. Puts are exact unless they replace a
 * larger item; of updates, deletes and checks the request shows only the key and the values, so they count at least 1 KB.
 */
export function consumedBy(
  { operation, input }: Call,
  status: number,
  output: Output,
  model: StackModel,
): Consumption[] {
  if (status !== 200) return failedUnits(operation, input, output, model)
  const consumed = [output.ConsumedCapacity ?? []].flat() as readonly Consumed[]
  if (operation === 'TransactWriteItems') {
    const replayed = consumed.some(({ ReadCapacityUnits = 0 }) => ReadCapacityUnits > 0)
    return replayed ? replayUnits(input) : transactionUnits(input, model)
  }
  const entries = consumed.length > 0 ? consumed : [{}]
  return entries.flatMap(({ TableName = String(input.TableName), CapacityUnits = 0 }: Consumed): Consumption[] => {
    if (WRITES.includes(operation)) return [{ table: TableName, writeUnits: CapacityUnits }]
    if (operation === 'TransactGetItems') return [{ table: TableName, readUnits: CapacityUnits }]
    if (!READS.includes(operation)) return []
    const place = placeOf(TableName, input.IndexName, model)
    // AWS bills a read that finds nothing as one of the smallest size; the engine says 0.
    return [{ ...place, readUnits: Math.max(CapacityUnits, input.ConsistentRead === true ? 1 : 0.5) }]
  })
}

/** What a local index consumes counts for its table. */
function placeOf(table: string, index: unknown, model: StackModel): { table: string; index?: string } {
  const known = model.tables.find(({ name, arn }) => name === table || arn === table)
  const isLocal = known?.indexes.find(({ name }) => name === index)?.isLocal === true
  return typeof index === 'string' && !isLocal ? { table, index } : { table }
}

/** What was consumed in all. */
export function unitsOf(consumed: readonly Consumption[]): Units {
  const sum = (unit: keyof Units) => {
    const of = consumed.flatMap((part) => part[unit] ?? [])
    return of.length > 0 ? { [unit]: of.reduce((total, units) => total + units, 0) } : {}
  }
  return { ...sum('readUnits'), ...sum('writeUnits') }
}

/**
 * A write whose condition fails is billed by the size of the item it met, which is known when the caller asked to have it
 * back (`ALL_OLD`), and at least 1 KB. A cancelled transaction is billed like one that succeeds. All else is free.
 */
function failedUnits(operation: string, input: Input, output: Output, model: StackModel): Consumption[] {
  const error = String(output.__type)
  if (error.endsWith('ConditionalCheckFailedException')) {
    const table = String(input.TableName)
    return [{ table, writeUnits: blocks(itemSize((output.Item ?? {}) as Item), KB) }]
  }
  const cancelled = error.endsWith('TransactionCanceledException') && operation === 'TransactWriteItems'
  return cancelled ? transactionUnits(input, model) : []
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
function transactionUnits(input: Input, model: StackModel): Consumption[] {
  return partsOf(input).flatMap((part) => [
    { table: part.TableName, writeUnits: 2 * blocks(part.size, KB) },
    ...indexUnits(part, model),
  ])
}

/** The same client token again: the transaction is only looked up, at two read units per 4 KB of each item. */
function replayUnits(input: Input): Consumption[] {
  return partsOf(input).map(({ size, TableName }) => ({ table: TableName, readUnits: 2 * blocks(size, 4 * KB) }))
}

function indexUnits({ item, TableName }: Part, model: StackModel): Consumption[] {
  const table = model.tables.find(({ name, arn }) => name === TableName || arn === TableName)
  if (!item || !table) return []
  return table.indexes.flatMap(({ name, partitionKey, sortKey, projection, isLocal }) => {
    const keys = [partitionKey, ...(sortKey ? [sortKey] : [])].map((key) => key.name)
    // An index is sparse: an item that lacks one of its keys is not in it.
    if (!keys.every((key) => key in item)) return []
    const tableKeys = [table.partitionKey, ...(table.sortKey ? [table.sortKey] : [])].map((key) => key.name)
    const projected = [...keys, ...tableKeys, ...(projection.attributes ?? [])]
    const entry = projection.type === 'ALL' ? item : pick(item, projected)
    const index = isLocal ? undefined : name
    return [{ table: table.name, index, writeUnits: blocks(itemSize(entry), KB) }]
  })
}

function pick(item: Item, names: readonly string[]): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
}

function blocks(size: number, blockSize: number): number {
  return Math.max(1, Math.ceil(size / blockSize))
}
