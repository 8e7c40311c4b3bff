/**
 * Names of attributes. Ours begin with `_`, next to the keys `pk` and `sk`; a field of an application that is named like
 * one of them is stored with one more `_` in front, so that the two never meet.
 */
import type { Item } from '../../lib/write.ts'

/** Our own attributes of a record's item. */
export const ownAttributes = {
  /** Name of the record type, for people who look into the table, and for lists of several types. */
  kind: '_kind',
  /** The list in which the record stands. */
  listed: '_listed',
  /** The request that created the record, where it had an idempotency key. */
  request: '_request',
} as const

function isReserved(name: string): boolean {
  return name === 'pk' || name === 'sk' || name.startsWith('_')
}

/** The attribute of a field. */
export function attributeName(field: string): string {
  return isReserved(field) ? `_${field}` : field
}

/** The attributes of a record's fields. */
export function attributesOf(fields: Item): Item {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [attributeName(name), value]))
}

/** The fields of an item: what is not ours, under its own name. */
export function fieldsIn(item: Item): Item {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => {
      if (!isReserved(name)) return [[name, value]]
      const field = name.slice(1)
      return name.startsWith('_') && isReserved(field) ? [[field, value]] : []
    }),
  )
}

/**
 * Partitions of our own records begin with this, and no record of an application may.
 * Otherwise a record of the application could stand among the actions of operators.
 */
export const ownPrefix = 'outbox-relay#'

/** A partition of our own records. */
export function ownPartition(name: string): string {
  return `${ownPrefix}${name}`
}
