/**
 * Writes in words of the core: tables by their role, values as plain JavaScript.
 * The adapter under functions/aws/ turns it into DynamoDB's form and knows the tables' names.
 */

export type TableRole = 'records' | 'outbox' | 'effects'

/** An item of a table, as plain values by attribute name. */
export type Item = Readonly<Record<string, unknown>>

/** A DynamoDB expression with the names (`#n`) and values (`:v`) it uses. */
export interface Expression {
  readonly text: string
  readonly names?: Readonly<Record<string, string>>
  readonly values?: Readonly<Record<string, unknown>>
}

export type Write =
  | { readonly op: 'put'; readonly table: TableRole; readonly item: Item; readonly condition?: Expression }
  | {
      readonly op: 'update'
      readonly table: TableRole
      readonly key: Item
      readonly update: Expression
      readonly condition?: Expression
      /** Nobody reads the item after it, so the answer leaves it out. @default false */
      readonly quiet?: boolean
    }
  | { readonly op: 'delete'; readonly table: TableRole; readonly key: Item; readonly condition?: Expression }

/** A condition that must hold for the other writes of a transaction. It writes nothing. */
export interface Check {
  readonly op: 'check'
  readonly table: TableRole
  readonly key: Item
  readonly condition: Expression
}

/** A part of a transaction. */
export type TransactWrite = Write | Check

/** Holds when no item has the key yet. */
export const absent: Expression = { text: 'attribute_not_exists(pk)' }

/** Limits of one TransactWriteItems and of one item, as DynamoDB has them. Sizes in bytes. */
export const writeLimits = { actions: 100, itemBytes: 400 * 1024, transactionBytes: 4 * 1024 * 1024 } as const

/**
 * Why these writes cannot be one transaction; `undefined` if they can. Checked before anything is sent, so nothing is
 * half-written.
 *
 * @param own what the outbox writes in the same transaction: the completion of the job whose change it is
 */
export function transactionProblem(
  writes: readonly TransactWrite[],
  own: readonly TransactWrite[] = [],
): string | undefined {
  if (writes.length + own.length === 0) return 'nothing to write: a change needs at least one record or job'
  const most = writeLimits.actions - own.length
  if (writes.length > most) {
    const why = own.length === 0 ? 'one transaction takes' : 'a job can write (one more is its completion)'
    return `${writes.length} writes exceed the ${most} that ${why}: split the change`
  }
  const seen = new Set<string>()
  let total = 0
  for (const write of [...own, ...writes]) {
    const [target, identity] = [targetOf(write), identityOf(write)]
    if (seen.has(identity)) return `${target} is written twice in one change: merge the two writes`
    seen.add(identity)
    const size = writeSize(write)
    if (size > writeLimits.itemBytes) {
      return `${target} has ${size} bytes, an item at most ${writeLimits.itemBytes}: store the bulk elsewhere (S3) and carry a reference`
    }
    total += size
  }
  return total > writeLimits.transactionBytes
    ? `the change has ${total} bytes, one transaction at most ${writeLimits.transactionBytes}: split it`
    : undefined
}

function identityOf(write: TransactWrite): string {
  const { pk, sk } = keyOf(write)
  return JSON.stringify([write.table, pk, sk])
}

function targetOf(write: TransactWrite): string {
  const key = keyOf(write)
  return `${write.table} item ${String(key.pk)}${key.sk === undefined ? '' : ` / ${String(key.sk)}`}`
}

/** The primary key of the item that a write is for. */
export function keyOf(write: TransactWrite): Item {
  const { pk, sk } = write.op === 'put' ? write.item : write.key
  return { pk, sk }
}

function writeSize(write: TransactWrite): number {
  if (write.op === 'put') return itemSize(write.item)
  const values = write.op === 'update' ? itemSize(write.update.values ?? {}) : 0
  return itemSize(write.key) + values
}

/** Size of an item in bytes as DynamoDB counts it: names and values in UTF-8, numbers about 1 byte for two digits. */
export function itemSize(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + utf8(name) + valueSize(value), 0)
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return utf8(value)
  if (typeof value === 'number' || typeof value === 'bigint') return Math.ceil(String(value).length / 2) + 1
  if (value === undefined) return 0
  if (value === null || typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return value.byteLength
  if (value instanceof Set) return [...value].reduce((sum: number, v) => sum + valueSize(v), 0)
  if (Array.isArray(value)) return 3 + value.reduce((sum: number, v) => sum + 1 + valueSize(v), 0)
  return 3 + Object.keys(value as Item).length + itemSize(value as Item)
}

/** Length of a text in UTF-8, in bytes. Counted, not encoded: this is asked of every attribute that is written. */
export function utf8(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (isPair(code, text.charCodeAt(i + 1))) {
      bytes += 4
      i++
    } else bytes += 3
  }
  return bytes
}

/** Whether two code units are one character. Half a pair alone is written as a replacement character, of three bytes. */
function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000
}
