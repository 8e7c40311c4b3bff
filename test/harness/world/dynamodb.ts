/** DynamoDB as the commands of the document client see it: three tables, their sparse indexes, and the stream of the outbox. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import type { Expression, Item, TableRole, TransactWrite, Write } from '../../../shared/lib/write.ts'
import { memoryStore, type OnChange } from '../../support/memory-store.ts'
import { type Image, imageOf } from './image.ts'
import { segmentedTable } from './segmented-table.ts'
import { sparseIndex } from './sparse-index.ts'

// biome-ignore lint/suspicious/noExplicitAny: inputs of many commands, told apart by the command's name
type Input = any

export interface SimDynamoDb {
  /** What an SDK client's `send` does in the end. */
  perform(command: string, input: Input): Promise<unknown>
  item(table: TableRole, key: Item): Item | undefined
  items(table: TableRole): Item[]
  /** Whether the index of what is due has any. */
  readonly hasJobsThatWait: boolean
  /** Deletes what is past its time to live. @param tables @default - all */
  expire(tables?: readonly TableRole[]): Promise<void>
  /** A write that no function makes. */
  write(write: Write): Promise<unknown>
}

export interface DynamoDbSettings {
  readonly now: () => number
  /** Told of every change of an item. */
  readonly changed: OnChange
  /** Told of each item of the outbox that is new or was released, and of its image, as the stream shows it. */
  readonly streamed: (change: 'INSERT' | 'MODIFY', item: Item, image: Image) => void
}

export function simDynamoDb({ now, changed, streamed }: DynamoDbSettings): SimDynamoDb {
  const indexes = {
    due: sparseIndex('due', 'dueAt', 'sk'),
    turn: sparseIndex('pk', 'turn', 'sk'),
    failing: sparseIndex('failing', 'failingAt', 'pk'),
    batches: sparseIndex('batches', 'batchesAt', 'pk'),
  }
  const outbox = segmentedTable()
  const store = memoryStore({ now: () => new Date(now()) }, (table, before, after) => {
    changed(table, before, after)
    if (table === 'outbox') {
      indexes.due.change(before, after)
      indexes.turn.change(before, after)
      outbox.change(before, after)
    }
    if (table === 'effects') {
      indexes.failing.change(before, after)
      indexes.batches.change(before, after)
    }
    // As the filters of the relays let it pass (infra/lanes/stream-filter.ts).
    if (table !== 'outbox' || !after || (before && after.releasedAt === undefined)) return
    streamed(before ? 'MODIFY' : 'INSERT', after, imageOf(after))
  })

  const commands: Record<string, (input: Input) => Promise<unknown>> = {
    async GetCommand({ TableName, Key }) {
      return { Item: store.peek(TableName, Key) }
    },
    async PutCommand(input) {
      return one(await store.write(writeOf('Put', input)))
    },
    async UpdateCommand(input) {
      return one(await store.write(writeOf('Update', input)))
    },
    async TransactWriteCommand({ TransactItems, ClientRequestToken }) {
      const result = await store.transact(TransactItems.map(partOf), ClientRequestToken)
      if (result.kind !== 'refused') return {}
      throw cancelled(result.met)
    },
    async QueryCommand({ IndexName, ExpressionAttributeValues, ExclusiveStartKey, Limit }) {
      const index = indexes[IndexName as keyof typeof indexes]
      const values: Readonly<Record<string, string>> = ExpressionAttributeValues
      const bounds = { since: values[':since'] ?? '', until: values[':until'] ?? '\uffff' }
      const { page, last } = index.query(
        values[':partition'] ?? values[':bucket'] ?? values[':group'] ?? '',
        bounds,
        ExclusiveStartKey,
        Limit ?? 100,
      )
      const items = page.filter((item) => values[':type'] === undefined || item.type === values[':type'])
      return { Items: items, Count: items.length, LastEvaluatedKey: last }
    },
    /** Fifty items a page; an item stays at its place in the order of the scan. */
    async ScanCommand({ Segment, TotalSegments, ExclusiveStartKey }) {
      const from = Number(ExclusiveStartKey?.at ?? 0)
      const { page, next } = outbox.scan(Segment, TotalSegments, from, 50)
      return { Items: page, LastEvaluatedKey: next && { at: next } }
    },
    async BatchGetCommand({ RequestItems }) {
      const [[table, { Keys }]] = Object.entries(RequestItems) as [[TableRole, { Keys: Item[] }]]
      const found = Keys.map((key) => store.peek(table, key)).filter((item) => item !== undefined)
      return { Responses: { [table]: found } }
    },
  }

  return {
    perform: (command, input) => {
      const perform = commands[command]
      if (!perform) throw new Error(`the simulated DynamoDB does not know ${command}`)
      return perform(input)
    },
    write: store.write,
    item: store.peek,
    items: store.items,
    get hasJobsThatWait() {
      return indexes.due.size > 0
    },
    async expire(tables = ['records', 'outbox', 'effects']) {
      for (const table of tables) {
        const old = store.items(table).filter(({ expiresAt }) => Number(expiresAt ?? Number.NaN) * 1000 < now())
        for (const { pk, sk } of old)
          await store.write({ op: 'delete', table, key: sk === undefined ? { pk } : { pk, sk } })
      }
    },
  }
}

function one(result: Awaited<ReturnType<ReturnType<typeof memoryStore>['write']>>) {
  if (result.kind === 'written') return { Attributes: result.item }
  throw new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    Item: result.met && imageOf(result.met),
  })
}

function cancelled(met: readonly (Item | undefined)[]) {
  const CancellationReasons = met.map((item) =>
    item ? { Code: 'ConditionalCheckFailed', Item: imageOf(item) } : { Code: 'None' },
  )
  return new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons })
}

function partOf(part: Input): TransactWrite {
  const [op] = Object.keys(part)
  if (op === 'ConditionCheck') {
    const { TableName: table, Key: key, ConditionExpression: text, ...shared } = part.ConditionCheck
    const condition = { text, names: shared.ExpressionAttributeNames, values: shared.ExpressionAttributeValues }
    return { op: 'check', table, key, condition }
  }
  return writeOf(op as 'Put' | 'Update' | 'Delete', part[op as string])
}

/** A write as the memory store takes it. Names and values belong to all expressions of a request. */
function writeOf(op: 'Put' | 'Update' | 'Delete', input: Input): Write {
  const shared: Omit<Expression, 'text'> = {
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
  }
  const condition = input.ConditionExpression && { condition: { text: input.ConditionExpression, ...shared } }
  const table = input.TableName as TableRole
  if (op === 'Put') return { op: 'put', table, item: input.Item, ...condition }
  const key = input.Key
  if (op === 'Delete') return { op: 'delete', table, key, ...condition }
  return { op: 'update', table, key, update: { text: input.UpdateExpression, ...shared }, ...condition }
}
