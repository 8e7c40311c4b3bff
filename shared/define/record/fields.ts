/** The fields that a record's schema has. */
import * as z from 'zod'
import { isCodec, lazyInner, partsOf } from './schema-parts.ts'

export interface Fields {
  readonly named: ReadonlyMap<string, z.ZodType>
  /** The schema of every other field; absent where there can be none. */
  readonly rest?: z.ZodType
}

const known = new WeakMap<z.ZodType, Fields>()

export function fieldsOf(schema: z.ZodType): Fields {
  const fields = known.get(schema) ?? read(schema)
  known.set(schema, fields)
  return fields
}

/** The schema of a field; `undefined` if there is none of that name. */
export function fieldOf(schema: z.ZodType, name: string): z.ZodType | undefined {
  const { named, rest } = fieldsOf(schema)
  return named.get(name) ?? rest
}

function read(schema: z.ZodType): Fields {
  const { type, shape, catchall, innerType, options, left, right, valueType, in: encoded, out } = partsOf(schema)
  const inner = type === 'lazy' ? lazyInner(schema) : (innerType ?? (isCodec(schema) ? encoded : out))
  if (type === 'object') {
    const isOpen = catchall !== undefined && partsOf(catchall).type !== 'never'
    return { named: new Map(Object.entries(shape ?? {})), rest: isOpen ? catchall : undefined }
  }
  if (type === 'record') return { named: new Map(), rest: valueType }
  if (options) return options.map(fieldsOf).reduce((a, b) => joined(a, b, z.union))
  if (left && right) return joined(fieldsOf(left), fieldsOf(right), ([a, b]) => z.intersection(a, b))
  return inner ? fieldsOf(inner) : { named: new Map() }
}

/** The fields of two schemas; of a field that both have, the two schemas in one. */
function joined(a: Fields, b: Fields, both: (schemas: [z.ZodType, z.ZodType]) => z.ZodType): Fields {
  const names = new Set([...a.named.keys(), ...b.named.keys()])
  const named = [...names].flatMap((name) => {
    const [left, right] = [a.named.get(name) ?? a.rest, b.named.get(name) ?? b.rest]
    const schema = left && right ? (left === right ? left : both([left, right])) : (left ?? right)
    return schema ? [[name, schema] as const] : []
  })
  return { named: new Map(named), rest: a.rest ?? b.rest }
}
