/** What an update may say of a record. It is made without reading the record, so each field is checked alone. */
import type { ZodType } from 'zod'
import type { Expression } from '../../lib/write.ts'
import { attributeName } from './attributes.ts'
import { valueCodec } from './codec.ts'
import { fieldOf, fieldsOf } from './fields.ts'
import { kindsOf } from './schema-kinds.ts'
import { lazyInner, partsOf } from './schema-parts.ts'
import { type Refuse, storedValue } from './stored-value.ts'

/**
 * Changes of the fields of a record. The record is not read first, so two updates at the same time do not undo each other.
 * An update names at least one field, each field once, and no field of the key.
 */
export interface Update {
  /**
   * Amounts to add to number fields. A missing field counts as 0. The sum is not checked against the schema.
   * @default - none
   */
  readonly add?: Readonly<Record<string, number>>
  /**
   * Elements to append to list fields. A missing field counts as an empty list.
   * @default - none
   */
  readonly append?: Readonly<Record<string, readonly unknown[]>>
  /**
   * New values of fields. `undefined` leaves a field as it is; `null` is stored as null, if the schema allows it.
   * @default - none
   */
  readonly set?: Readonly<Record<string, unknown>>
}

/** An update that was checked: values as they are stored, by attribute. */
export interface CheckedUpdate {
  readonly set: ReadonlyMap<string, unknown>
  readonly append: ReadonlyMap<string, readonly unknown[]>
  readonly add: ReadonlyMap<string, number>
  /** The set fields as reading gives them. */
  readonly values: Readonly<Record<string, unknown>>
}

/** Checks each field of an update against its own schema. */
export function checkedUpdate(schema: ZodType, by: Update, refuse: Refuse): CheckedUpdate {
  const named = (fields: Readonly<Record<string, unknown>> = {}) => Object.keys(fields)
  const set = Object.entries(by.set ?? {}).filter(([, value]) => value !== undefined)
  const names = [...set.map(([name]) => name), ...named(by.add), ...named(by.append)]
  if (names.length === 0) refuse([], 'the update changes nothing; leave it out, or name a field in set, add or append')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) refuse([twice], 'is in more than one of set, add and append; keep one of them')

  const values: Record<string, unknown> = {}
  const stored = set.map(([name, given]) => {
    const written = valueCodec(known(schema, name, refuse)).write(given, below(refuse, name))
    values[name] = written.value
    return [attributeName(name), written.stored] as const
  })
  const add = Object.entries(by.add ?? {}).map(([name, amount]) => {
    checkAmount(known(schema, name, refuse), amount, below(refuse, name))
    return [attributeName(name), amount] as const
  })
  const append = Object.entries(by.append ?? {}).map(([name, elements]) => {
    const list = storedElements(known(schema, name, refuse), elements, below(refuse, name))
    return [attributeName(name), list] as const
  })
  return { set: new Map(stored), add: new Map(add), append: new Map(append), values }
}

function below(refuse: Refuse, name: PropertyKey): Refuse {
  return (path, message) => refuse([name, ...path], message)
}

function known(schema: ZodType, name: string, refuse: Refuse): ZodType {
  const names = [...fieldsOf(schema).named.keys()].join(', ')
  return fieldOf(schema, name) ?? refuse([name], `is not a field of the record (known: ${names})`)
}

function checkAmount(field: ZodType, amount: unknown, refuse: Refuse): void {
  if (!kindsOf(field).has('number')) refuse([], 'is not a number, so nothing can be added to it; use set')
  if (typeof amount !== 'number')
    refuse([], `is to grow by a value of type ${typeof amount}; add takes a finite number`)
  storedValue(amount, refuse)
  if (!Number.isInteger(amount) && isWhole(field)) refuse([], `holds whole numbers, and is to grow by ${amount}`)
}

function isWhole(field: ZodType): boolean {
  const bare = unwrapped(field)
  return partsOf(bare).type === 'bigint' || (bare as { readonly isInt?: boolean }).isInt === true
}

function storedElements(field: ZodType, elements: unknown, refuse: Refuse): readonly unknown[] {
  const { type, element } = partsOf(unwrapped(field))
  const isOpen = type === 'any' || type === 'unknown'
  if (!(element || isOpen)) refuse([], 'is not a list, so nothing can be appended to it; use set')
  if (!Array.isArray(elements)) return refuse([], 'is to get elements that are not in a list')
  return elements.map((one: unknown, index) =>
    element
      ? (valueCodec(element).write(one, below(refuse, index)).stored ?? null)
      : storedValue(one, below(refuse, index)),
  )
}

/** The schema without what only says that a value may be missing. */
function unwrapped(schema: ZodType): ZodType {
  const { type, innerType } = partsOf(schema)
  if (type === 'lazy') return unwrapped(lazyInner(schema))
  return innerType ? unwrapped(innerType) : schema
}

/** @param once attributes that are only set where there are none yet */
export function updateExpression(
  { set, append, add }: Pick<CheckedUpdate, 'set' | 'append' | 'add'>,
  once: ReadonlyMap<string, unknown>,
): Expression {
  const names: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  const use = (name: string, value: unknown) => {
    const n = Object.keys(names).length
    names[`#${n}`] = name
    values[`:${n}`] = value
    return [`#${n}`, `:${n}`] as const
  }
  const sets = [
    ...[...set].map(([name, value]) => use(name, value).join(' = ')),
    ...[...once].map(([name, value]) => {
      const [n, v] = use(name, value)
      return `${n} = if_not_exists(${n}, ${v})`
    }),
    ...[...append].map(([name, list]) => {
      const [n, v] = use(name, list)
      return `${n} = list_append(if_not_exists(${n}, :empty), ${v})`
    }),
  ]
  const adds = [...add].map(([name, value]) => use(name, value).join(' '))
  if (append.size > 0) values[':empty'] = []
  const text = [sets.length > 0 ? `SET ${sets.join(', ')}` : '', adds.length > 0 ? `ADD ${adds.join(', ')}` : '']
  return { text: text.filter(Boolean).join(' '), names, values }
}
