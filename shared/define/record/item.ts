/** The items of records: what is written of one, and what is read of an item. */

import { absent, type Item, type Write } from '../../lib/write.ts'
import { attributeName, attributesOf, fieldsIn, ownAttributes, ownPrefix } from './attributes.ts'
import { valueCodec } from './codec.ts'
import { readsOf } from './field-reads.ts'
import { fieldOf } from './fields.ts'
import { called, checkExpiry, checkedList, checkKeyPart, longest, refuseFor } from './item-checks.ts'
import { isIdempotent } from './schema.ts'
import type { Refuse } from './stored-value.ts'
import type { RecordKey, RecordType } from './type.ts'
import { checkedUpdate, type Update, updateExpression } from './update.ts'

type Fields = Readonly<Record<string, unknown>>

const own = new WeakSet<object>()

/** Marks a record type as one of our own. */
export function markAsOwn<T extends object>(record: T): T {
  own.add(record)
  return record
}

/** The item of a new record. Its key and its list follow from the value as it will be read. */
export function recordPut(record: RecordType, given: object, kind: 'create' | 'put'): Write {
  const refuse = refuseFor(record)
  const { stored, value } = valueCodec(record.schema).write(given, refuse)
  checkExpiry(stored as Fields, refuse)
  // The key may be made of more than the schema has.
  const key = checkedKey(record, { ...given, ...(value as object) }, refuse)
  const list = called(() => record.listed?.(value as object), 'listed', refuse)
  const listed = list === undefined ? {} : { [ownAttributes.listed]: checkedList(list, refuse) }
  const item = { [ownAttributes.kind]: record.name, ...attributesOf(stored as Fields), ...key, ...listed }
  return { op: 'put', table: 'records', item, condition: kind === 'create' ? absent : undefined }
}

export function recordDelete(record: RecordType, identity: unknown): Write {
  return { op: 'delete', table: 'records', key: { ...recordKey(record, identity) } }
}

/** The key of a record, from the parts that identify it. They are parsed as when the record is written. */
export function recordKey<T extends object, K>(record: RecordType<T, K>, identity: K): RecordKey {
  const any = record as unknown as RecordType
  return checkedKey(any, identified(any, identity), refuseFor(any))
}

/** The identity with the fields of the schema as they are after parsing, where parsing a value twice is as good as once. */
function identified({ schema }: RecordType, identity: unknown): unknown {
  if (typeof identity !== 'object' || identity === null) return identity
  return Object.fromEntries(
    Object.entries(identity).map(([name, given]) => {
      const field = fieldOf(schema, name)
      if (field === undefined || given === undefined || !isIdempotent(field)) return [name, given]
      try {
        return [name, valueCodec(field).write(given, raise).value]
      } catch {
        return [name, given]
      }
    }),
  )
}

const raise: Refuse = (_, message) => {
  throw new Error(message)
}

/** An update of a record. It sets the identity, too, where there is none yet: what an update makes can be read again. */
export function recordUpdate(record: RecordType, identity: unknown, by: Update): Write {
  const refuse = refuseFor(record)
  const parts = identified(record, identity)
  const known = typeof parts === 'object' && parts !== null ? (parts as Fields) : {}
  const checked = checkedUpdate(record.schema, { ...by, set: changedIn(by.set, known) }, refuse)
  checkExpiry(checked.values, refuse)
  const grown = [...Object.keys(by.add ?? {}), ...Object.keys(by.append ?? {})]
  const changed = new Set([...Object.keys(checked.values), ...grown])
  const keyFields = readsOf(record.key.bind(record), known).fields
  for (const name of keyFields) {
    if (changed.has(name))
      refuse([name], 'is part of the key, which an update cannot change; remove the record and create another')
  }
  const listed = listAfter(record, { ...known, ...checked.values }, { changed, grown }, refuse)
  const set = new Map<string, unknown>([[ownAttributes.kind, record.name], ...checked.set, ...listed])
  return {
    op: 'update',
    table: 'records',
    key: { ...checkedKey(record, parts, refuse) },
    update: updateExpression({ ...checked, set }, identityAttributes(record, known, keyFields, refuse)),
  }
}

/** The fields to set that are not what the identity says already. */
function changedIn(set: Update['set'] = {}, identity: Fields): Fields {
  return Object.fromEntries(Object.entries(set).filter(([name, value]) => value !== identity[name]))
}

function identityAttributes(record: RecordType, identity: Fields, names: ReadonlySet<string>, refuse: Refuse) {
  const attributes = new Map<string, unknown>()
  for (const name of names) {
    const field = fieldOf(record.schema, name)
    if (field === undefined || identity[name] === undefined || !isIdempotent(field)) continue
    const at: Refuse = (path, message) => refuse([name, ...path], message)
    attributes.set(attributeName(name), valueCodec(field).write(identity[name], at).stored)
  }
  return attributes
}

/** The list in which a record stands after an update, as the attribute to set; nothing where the update does not decide it. */
function listAfter(
  record: RecordType,
  known: Fields,
  { changed, grown }: { readonly changed: ReadonlySet<string>; readonly grown: readonly string[] },
  refuse: Refuse,
): readonly (readonly [string, string])[] {
  if (!record.listed) return []
  const { result, fields } = readsOf(record.listed.bind(record), known)
  const missing = [...fields].filter((name) => known[name] === undefined || grown.includes(name))
  if (missing.length === 0 && result !== undefined) return [[ownAttributes.listed, checkedList(result, refuse)]]
  const moving = [...fields].find((name) => changed.has(name))
  if (moving !== undefined) {
    refuse(
      [moving],
      `decides with ${missing.join(', ')} in which list the record stands; set all of them, or put() the whole record`,
    )
  }
  return []
}

/** A record as it is read from its item. Throws a ZodError where the item does not fit the schema. */
export function recordIn<T extends object>({ schema }: Pick<RecordType<T, never>, 'schema'>, item: Item): T {
  return valueCodec(schema).read(fieldsIn(item)) as T
}

/** The value that a record which is created or put will have. */
export function recordWritten<T extends object>(record: RecordType<T, never>, given: object): T {
  return valueCodec(record.schema).write(given, refuseFor(record)).value as T
}

/** Records among the items of a list, and the keys of those that could not be read. */
export interface ReadRecords<T> {
  readonly values: readonly T[]
  readonly unreadable?: readonly RecordKey[]
}

/**
 * The records of one type among items of a list. Another type's records may stand between them; what does not fit is left out
 * then. Throws a ZodError where a record of the type does not fit, or leaves it out and names it.
 */
export function recordsIn<T extends object>(
  record: RecordType<T, never>,
  items: readonly Item[],
  { skipUnreadable = false }: { readonly skipUnreadable?: boolean } = {},
): ReadRecords<T> {
  const unreadable: RecordKey[] = []
  const values = items.flatMap((item) => {
    const kind = item[ownAttributes.kind]
    const isForeign = own.has(record) ? kind !== record.name : kind !== undefined && kind !== record.name
    try {
      return [recordIn(record, item)]
    } catch (error) {
      if (!isForeign && !skipUnreadable) throw error
      if (!isForeign) unreadable.push({ pk: String(item.pk), sk: String(item.sk) })
      return []
    }
  })
  return unreadable.length > 0 ? { values, unreadable } : { values }
}

function checkedKey(record: RecordType, identity: unknown, refuse: Refuse): RecordKey {
  const { pk, sk } = called(() => record.key(identity), 'key', refuse)
  checkKeyPart('the pk of its key', pk, record.listed ? longest.sort : longest.partition, refuse)
  checkKeyPart('the sk of its key', sk, longest.sort, refuse)
  if (pk.startsWith(ownPrefix) && !own.has(record))
    refuse([], `its pk begins with "${ownPrefix}", which is kept for the outbox's own records`)
  return { pk, sk }
}
