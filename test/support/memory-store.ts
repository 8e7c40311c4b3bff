/** The three tables in memory, with DynamoDB's semantics for what the core asks of them. */
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import type { Clock, Store, TransactionResult, WriteResult } from '../../shared/lib/ports.ts'
import {
  type Item,
  itemSize,
  type TableRole,
  type TransactWrite,
  type Write,
  writeLimits,
} from '../../shared/lib/write.ts'
import { type Compiled, compile } from './expression.ts'
import { ValidationException } from './validation.ts'

export interface MemoryStore extends Store {
  /** What `get` would give. */
  peek(table: TableRole, key: Item): Item | undefined
  /** All items of a table, in no order that could be relied upon. */
  items(table: TableRole): Item[]
}

/** How long DynamoDB remembers the token of a transaction, in ms. */
const tokenMemory = 600_000

/** Told of every change of an item, as a stream is. */
export type OnChange = (table: TableRole, before: Item | undefined, after: Item | undefined) => void

export function memoryStore(clock: Pick<Clock, 'now'>, onChange: OnChange = () => {}): MemoryStore {
  const tables = { records: new Map<string, Item>(), outbox: new Map<string, Item>(), effects: new Map<string, Item>() }
  const tokens = new Map<string, { readonly writes: readonly TransactWrite[]; readonly at: number }>()
  const prepare = (write: TransactWrite): Prepared => {
    const target = write.op === 'put' ? write.item : write.key
    const address = addressOf(write.table, target)
    return { write, compiled: compile(write), address, met: tables[write.table].get(address) }
  }
  const apply = (prepared: Prepared, after: Item | undefined) => {
    if (prepared.write.op === 'check') return
    const table = tables[prepared.write.table]
    onChange(prepared.write.table, prepared.met, after)
    if (after) table.set(prepared.address, after)
    else table.delete(prepared.address)
  }

  function peek(table: TableRole, key: Item): Item | undefined {
    return tables[table].get(addressOf(table, key))
  }

  function writeOne(write: Write): WriteResult {
    const prepared = prepare(write)
    if (!prepared.compiled.holds(prepared.met)) return { kind: 'refused', met: prepared.met }
    const after = itemAfter(prepared)
    apply(prepared, after)
    return { kind: 'written', item: write.op === 'update' && write.quiet ? {} : (after ?? {}) }
  }

  function transact(writes: readonly TransactWrite[], token: string): TransactionResult {
    const prepared = writes.map(prepare)
    checkTransaction(prepared)
    const known = tokens.get(token)
    const now = clock.now().getTime()
    if (known && now - known.at < tokenMemory) {
      if (textOf(known.writes) === textOf(writes)) return { kind: 'written' }
      throw Object.assign(new Error('The token was used for other writes'), {
        name: 'IdempotentParameterMismatchException',
      })
    }
    const met = prepared.map((one) => (one.compiled.holds(one.met) ? undefined : (one.met ?? {})))
    if (met.some(Boolean)) return { kind: 'refused', met }
    for (const [i, after] of prepared.map(itemAfter).entries()) apply(prepared[i] as Prepared, after)
    tokens.set(token, { writes, at: now })
    return { kind: 'written' }
  }

  return {
    write: async (write) => refusing(() => writeOne(write)),
    transact: async (writes, token) => refusing(() => transact(writes, token.slice(0, 36))),
    get: async (table, key) => peek(table, key),
    peek,
    items: (table) => [...tables[table].values()],
  }
}

/** What DynamoDB will never take is a refused change, as the adapter says it. */
function refusing<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error
    throw new ChangeRefusedError(`DynamoDB refuses the change: ${error.message}`, { cause: error })
  }
}

interface Prepared {
  readonly write: TransactWrite
  readonly compiled: Compiled
  readonly address: string
  /** The item as it is before. */
  readonly met: Item | undefined
}

function addressOf(table: TableRole, item: Item): string {
  const { pk, sk } = item
  const isWhole = isKeyPart(pk) && (table === 'effects' || isKeyPart(sk))
  if (!isWhole)
    throw new ValidationException(`The key of a ${table} item needs ${table === 'effects' ? 'pk' : 'pk and sk'}`)
  return table === 'effects' ? pk : `${pk}\0${sk}`
}

function isKeyPart(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function itemAfter({ write, compiled, met }: Prepared): Item | undefined {
  if (write.op === 'delete' || write.op === 'check') return undefined
  const after = write.op === 'put' ? stored(write.item) : stored(compiled.update(met ?? write.key))
  if (itemSize(after) > writeLimits.itemBytes) {
    throw new ValidationException('Item size has exceeded the maximum allowed size')
  }
  return after
}

function checkTransaction(prepared: readonly Prepared[]): void {
  if (prepared.length < 1 || prepared.length > writeLimits.actions) {
    throw new ValidationException(`A transaction has 1 to ${writeLimits.actions} actions, not ${prepared.length}`)
  }
  const targets = new Set(prepared.map(({ write, address }) => write.table + address))
  if (targets.size < prepared.length) {
    throw new ValidationException('Transaction request cannot include multiple operations on one item')
  }
}

/** Writes as text, to compare them; JSON knows no bigint. */
function textOf(writes: readonly TransactWrite[]): string {
  return JSON.stringify(writes, (_, value: unknown) => {
    if (value instanceof Set) return [...value]
    return typeof value === 'bigint' ? `${value}n` : value
  })
}

/** A copy as a table would hold it: `undefined` is left out, at every depth. */
function stored<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.filter((v) => v !== undefined).map(stored) as T
  if (value instanceof Set) return storedSet(value) as T
  const copy: [string, unknown][] = []
  for (const [key, part] of Object.entries(value)) if (part !== undefined) copy.push([key, stored(part)])
  return Object.fromEntries(copy) as T
}

function storedSet(value: ReadonlySet<unknown>): Set<unknown> {
  if (value.size > 0) return new Set(value)
  throw new ValidationException('One or more parameter values were invalid: An number set may not be empty')
}
