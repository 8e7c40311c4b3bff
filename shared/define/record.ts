/** A record type, and the changes of a record that a command or job asks for. */
import type { Write } from '../lib/write.ts'
import { DefinitionError } from './errors.ts'
import { aFunction, aSchema, checked, optional, type Rules, text } from './options.ts'
import { markAsOwn, recordDelete, recordPut, recordUpdate } from './record/item.ts'
import { recordSchemaProblem } from './record/schema.ts'
import type { RecordKey, RecordType } from './record/type.ts'
import type { Update } from './record/update.ts'

export type { RecordKey, RecordType, Update }

/**
 * Defines a record type.
 *
 * @throws DefinitionError when the module is loaded, and so at synth: an option is invalid, or the schema allows values that
 *   the table cannot return as they were written
 * @example
 * export const order = defineRecord({
 *   name: 'order',
 *   schema: z.object({ id: z.string(), total: z.int() }),
 *   key: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
 * })
 */
export function defineRecord<T extends object, K>(type: RecordType<T, K>): RecordType<T, K> {
  const defined = checked('Record type', type, recordRules as Rules<RecordType<T, K>>, 'name')
  const problem = recordSchemaProblem(type.schema)
  if (problem !== undefined) throw new DefinitionError(`Record type "${type.name}": ${problem}.`)
  return defined
}

/** The rules for the options of `defineRecord`. */
const recordRules: Rules<RecordType> = {
  name: text(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, '1 to 64 of A-Z, a-z, 0-9, _, . and -, and start with a letter'),
  schema: aSchema,
  key: aFunction,
  listed: optional(aFunction),
}

/** Defines a kind of record of our own. It lies in a partition that no application can write to. */
export function defineOwnRecord<T extends object, K>(type: RecordType<T, K>): RecordType<T, K> {
  return markAsOwn(defineRecord(type))
}

/** Write of a record, as a change carries it. `create`, `put`, `update` and `remove` make it. */
export type RecordWrite =
  | {
      /** Condition: `create` needs that no record has the key; `put` also replaces a record. */
      readonly kind: 'create' | 'put'
      /** Type of the record. */
      readonly record: RecordType
      /** Fields of the record, which must fit the schema. */
      readonly value: object
    }
  | {
      readonly kind: 'remove'
      /** Type of the record. */
      readonly record: RecordType
      /** Fields of the record that make up its key. */
      readonly identity: unknown
    }
  | {
      readonly kind: 'update'
      /** Type of the record. */
      readonly record: RecordType
      /** Fields of the record that make up its key. */
      readonly identity: unknown
      /** Fields to change. */
      readonly by: Update
    }

/**
 * Creates a record. If a record with the same key exists, nothing of the change is written: a commit returns `conflict`, and a
 * job that returned the change is dead. The value is checked when the change is committed.
 *
 * @example
 * const change = { records: [create(order, { id, email, total })] }
 */
export function create<T extends object, K>(record: RecordType<T, K>, value: T & K): RecordWrite {
  return { kind: 'create', record: record as RecordType, value }
}

/**
 * Puts a whole record, whether or not it exists. An existing record loses the fields that the value does not have.
 *
 * @example
 * const change = { records: [put(order, { id, email, total })] }
 */
export function put<T extends object, K>(record: RecordType<T, K>, value: T & K): RecordWrite {
  return { kind: 'put', record: record as RecordType, value }
}

/**
 * Removes a record. If it does not exist, nothing happens.
 *
 * @example
 * const change = { records: [remove(order, { id })] }
 */
export function remove<K>(record: RecordType<object, K> | RecordType<never, K>, identity: K): RecordWrite {
  return { kind: 'remove', record: record as RecordType, identity }
}

/**
 * Updates some fields of a record, without reading it first. If the record does not exist, it is created with the fields of
 * its key and of the update.
 *
 * @example
 * const change = { records: [update(order, { id }, { set: { paidAt: now.toISOString() }, add: { payments: 1 } })] }
 */
export function update<T extends object, K>(record: RecordType<T, K>, identity: K, by: Update): RecordWrite {
  return { kind: 'update', record: record as RecordType, identity, by }
}

/**
 * The write of a record.
 *
 * @throws ChangeRefusedError when it can never be written: a value that does not fit the schema or cannot be stored, a key
 *   that is too long
 */
export function recordWrite(write: RecordWrite): Write {
  switch (write.kind) {
    case 'create':
    case 'put':
      return recordPut(write.record, write.value, write.kind)
    case 'remove':
      return recordDelete(write.record, write.identity)
    case 'update':
      return recordUpdate(write.record, write.identity, write.by)
  }
}
