import type { ZodType } from 'zod'
import { aFunction, aSchema, checked, optional, type Rules, text } from './options.ts'
import { absent, type Expression, type Item, type Write } from './write.ts'

export interface RecordKey {
  readonly pk: string
  readonly sk: string
}

/**
 * A kind of business item: its shape, and where it lies in the records table. One file each.
 * A field `expiresAt` (seconds since the epoch) makes DynamoDB delete the record some time after it.
 */
export interface RecordType<T extends object = object, K = unknown> {
  readonly name: string
  readonly schema: ZodType<T>
  /** The primary key, from the parts of a record that identify it. */
  key(identity: K): RecordKey
  /**
   * The list in which a record stands, for `records.list`; spread a long one over several, against a hot partition. It costs
   * one write unit per KiB, where a second record in the transaction would cost two. A records table that was there before
   * needs the index `listed` for it (docs/library.md).
   * @default - none
   */
  listed?(value: T): string
}

/**
 * Defines a kind of record.
 *
 * @example
 * export const order = defineRecord({
 *   name: 'order',
 *   schema: z.object({ id: z.string(), total: z.int() }),
 *   key: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
 * })
 */
export function defineRecord<T extends object, K>(type: RecordType<T, K>): RecordType<T, K> {
  return checked('Record type', type, recordRules as Rules<RecordType<T, K>>, 'name')
}

/** The rules for the options of `defineRecord`. */
const recordRules: Rules<RecordType> = {
  name: text(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, '1 to 64 of A-Z, a-z, 0-9, _, . and -, and start with a letter'),
  schema: aSchema,
  key: aFunction,
  listed: optional(aFunction),
}

/** One write of a record, as a change carries it. */
export type RecordWrite =
  | { readonly kind: 'create' | 'put'; readonly record: RecordType; readonly value: object }
  | { readonly kind: 'remove'; readonly record: RecordType; readonly identity: unknown }
  | { readonly kind: 'update'; readonly record: RecordType; readonly identity: unknown; readonly by: Update }

/** An update without reading first, so that two at once cannot undo each other. */
export interface Update {
  /** Adds to numbers; a missing one counts as 0. */
  readonly add?: Readonly<Record<string, number>>
  /** Appends to lists; a missing one counts as empty. */
  readonly append?: Readonly<Record<string, readonly unknown[]>>
  /** Sets attributes. */
  readonly set?: Readonly<Record<string, unknown>>
}

/** Writes a record that must not exist yet; otherwise the whole change is refused as a conflict. */
export function create<T extends object, K>(record: RecordType<T, K>, value: T & K): RecordWrite {
  return { kind: 'create', record: record as RecordType, value }
}

/** Writes a record whether or not it exists. */
export function put<T extends object, K>(record: RecordType<T, K>, value: T & K): RecordWrite {
  return { kind: 'put', record: record as RecordType, value }
}

/** Deletes a record; nothing happens if there is none. */
export function remove<K>(record: RecordType<object, K> | RecordType<never, K>, identity: K): RecordWrite {
  return { kind: 'remove', record: record as RecordType, identity }
}

/** Updates a record, or makes it. */
export function update<T extends object, K>(record: RecordType<T, K>, identity: K, by: Update): RecordWrite {
  return { kind: 'update', record: record as RecordType, identity, by }
}

/** The write of a record. Throws a ZodError when the value does not fit its own schema: a fault of the code that made it. */
export function recordWrite(write: RecordWrite): Write {
  switch (write.kind) {
    case 'create':
      return { op: 'put', table: 'records', item: recordItem(write.record, write.value), condition: absent }
    case 'put':
      return { op: 'put', table: 'records', item: recordItem(write.record, write.value) }
    case 'remove':
      return { op: 'delete', table: 'records', key: { ...write.record.key(write.identity) } }
    case 'update':
      return {
        op: 'update',
        table: 'records',
        key: { ...write.record.key(write.identity) },
        update: updateExpression({ ...write.by, set: { ...write.by.set, kind: write.record.name } }),
      }
  }
}

/** The item of a record. `kind` names the record type, for people who look into the table. */
function recordItem(record: RecordType, value: object): Item {
  const listed = record.listed ? { listed: record.listed(value) } : {}
  return { kind: record.name, ...record.schema.parse(value), ...record.key(value), ...listed }
}

function updateExpression({ add = {}, append = {}, set = {} }: Update): Expression {
  const names: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  const use = (name: string, value: unknown) => {
    const n = Object.keys(names).length
    names[`#${n}`] = name
    values[`:${n}`] = value
    return [`#${n}`, `:${n}`] as const
  }
  const sets = [
    ...Object.entries(set).map(([name, value]) => use(name, value).join(' = ')),
    ...Object.entries(append).map(([name, list]) => {
      const [n, v] = use(name, list)
      return `${n} = list_append(if_not_exists(${n}, :empty), ${v})`
    }),
  ]
  const adds = Object.entries(add).map(([name, value]) => use(name, value).join(' '))
  if (Object.keys(append).length > 0) values[':empty'] = []
  const text = [sets.length > 0 ? `SET ${sets.join(', ')}` : '', adds.length > 0 ? `ADD ${adds.join(', ')}` : '']
  return { text: text.filter(Boolean).join(' '), names, values }
}
