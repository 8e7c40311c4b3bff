/** What the values of a schema are in the table, told from the schema alone. */
import type { ZodType } from 'zod'
import { isCodec, lazyInner, partsOf, reaches, valuesOf } from './schema-parts.ts'

/** What an attribute can be. `absent` stands for `undefined`: there is no attribute. */
export type Kind = 'text' | 'number' | 'binary' | 'boolean' | 'null' | 'list' | 'map' | 'absent'

const anything: readonly Kind[] = ['text', 'number', 'binary', 'boolean', 'null', 'list', 'map']

const ownKind: Readonly<Record<string, readonly Kind[]>> = {
  string: ['text'],
  template_literal: ['text'],
  date: ['text'],
  number: ['number'],
  bigint: ['number'],
  boolean: ['boolean'],
  null: ['null'],
  undefined: ['absent'],
  void: ['absent'],
  never: [],
  array: ['list'],
  tuple: ['list'],
  set: ['list'],
  map: ['list'],
  object: ['map'],
  record: ['map'],
}

/** What the values of a schema can be in the table. */
export function kindsOf(schema: ZodType, open: ReadonlySet<ZodType> = new Set()): ReadonlySet<Kind> {
  if (open.has(schema)) return new Set()
  const inner = (part: ZodType | undefined) => (part ? kindsOf(part, new Set([...open, schema])) : new Set<Kind>())
  const { type, innerType, options, left, out, in: encoded } = partsOf(schema)
  switch (type) {
    case 'enum':
    case 'literal':
      return new Set(valuesOf(schema).map(kindOfValue))
    case 'optional':
      return new Set<Kind>([...inner(innerType), 'absent'])
    case 'nullable':
      return new Set<Kind>([...inner(innerType), 'null'])
    case 'default':
    case 'prefault':
    case 'nonoptional':
      return new Set([...inner(innerType)].filter((kind) => kind !== 'absent'))
    case 'catch':
    case 'readonly':
      return inner(innerType)
    case 'lazy':
      return inner(lazyInner(schema))
    case 'union':
      return new Set((options ?? []).flatMap((option) => [...inner(option)]))
    case 'intersection':
      return inner(left)
    case 'pipe':
      return inner(isCodec(schema) ? encoded : out)
    default:
      return new Set(ownKind[type] ?? anything)
  }
}

function kindOfValue(value: unknown): Kind {
  if (value === null) return 'null'
  if (value === undefined) return 'absent'
  if (typeof value === 'string') return 'text'
  return typeof value === 'boolean' ? 'boolean' : 'number'
}

/** Whether what lies in the table is another value than the application sees, so that reading has to follow the schema. */
export function isRevived(schema: ZodType): boolean {
  return reaches(schema, isItselfRevived)
}

function isItselfRevived(schema: ZodType): boolean {
  const { type } = partsOf(schema)
  if (['date', 'bigint', 'set', 'map'].includes(type) || isCodec(schema)) return true
  if (type === 'literal' && valuesOf(schema).some((value) => typeof value === 'bigint')) return true
  return elementsOf(schema).some((element) => kindsOf(element).has('absent'))
}

/** The schemas of what stands in a list, where a place that is empty must still be a place. */
export function elementsOf(schema: ZodType): readonly ZodType[] {
  const { type, element, items = [], rest, keyType, valueType } = partsOf(schema)
  const ofMap = type === 'map' ? [keyType, valueType] : type === 'set' ? [valueType] : []
  return [element, ...items, rest, ...ofMap].filter((part) => part !== undefined && part !== null)
}
