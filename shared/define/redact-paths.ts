/** The paths of `redact`, checked against the schema of their job type: one that leads nowhere would hide nothing. */
import type { ZodType } from 'zod'
import { errorLine } from '../lib/error-line.ts'
import type { Rule } from './options.ts'

/** The rule for the option `redact`. */
export const paths: Rule = {
  mustBe: 'a list of paths such as "email" or "customer.email"',
  is: (value) =>
    Array.isArray(value) &&
    // Also the empty places of a list, which every() skips.
    Array.from<unknown>(value).every(
      (path) => typeof path === 'string' && path.split('.').every((step) => step !== ''),
    ),
}

/** What the input of a schema consists of. Schemas of records stand for every name; of some schemas nothing is known. */
interface Shape {
  readonly fields: ReadonlyMap<string, readonly ZodType[]>
  readonly every: readonly ZodType[]
  readonly anything: boolean
}

/** The first path that leads to no field of the schema; `undefined` if all do. */
export function redactProblem(redact: readonly string[], schema: ZodType): string | undefined {
  try {
    for (const path of redact) {
      const known = knownInstead([schema], path)
      if (known)
        return `redact has "${path}", which is not a field of the schema (known${known.at}: ${known.names.join(', ') || 'none'})`
    }
    return undefined
  } catch (error) {
    // A z.lazy of something that is defined later.
    return `redact cannot be compared with the schema, which threw ${errorLine(error)}`
  }
}

/** The fields that are there where a path leads to none; `undefined` where it leads to one, or nothing is known. */
function knownInstead(schemas: readonly ZodType[], path: string, at = ''): { at: string; names: string[] } | undefined {
  const { fields, every, anything } = joined(schemas.map((schema) => shapeOf(schema)))
  if (anything || fields.has(path)) return undefined
  const [step = '', ...rest] = path.split('.')
  const next = [...(fields.get(step) ?? []), ...every]
  if (next.length === 0) return { at, names: [...fields.keys()] }
  return rest.length === 0 ? undefined : knownInstead(next, rest.join('.'), ` in ${step}`)
}

const nothing: Shape = { fields: new Map(), every: [], anything: false }
const anything: Shape = { ...nothing, anything: true }

/** What zod's own description of a schema has, of the kinds of schemas that hold others. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, ZodType>>
  readonly catchall?: ZodType
  readonly element?: ZodType
  readonly items?: readonly ZodType[]
  readonly rest?: ZodType | null
  readonly valueType?: ZodType
  readonly options?: readonly ZodType[]
  readonly left?: ZodType
  readonly right?: ZodType
  readonly innerType?: ZodType
  readonly in?: ZodType
  getter?(): ZodType
}

/** A list has the fields of its elements, a union those of all its options; a pipe is read by its input, which is what is stored. */
function shapeOf(schema: ZodType, levels = 30): Shape {
  const def = (schema as unknown as { _zod: { def: Definition } })._zod.def
  const below = (...inner: readonly (ZodType | null | undefined)[]) =>
    joined(inner.filter((one) => one != null).map((one) => shapeOf(one, levels - 1)))
  if (levels === 0 || ['any', 'unknown', 'custom', 'transform'].includes(def.type)) return anything
  switch (def.type) {
    case 'object':
      return shapeOfObject(def)
    case 'record':
      return { ...nothing, every: def.valueType ? [def.valueType] : [] }
    case 'array':
      return below(def.element)
    case 'tuple':
      return below(...(def.items ?? []), def.rest)
    case 'union':
      return below(...(def.options ?? []))
    case 'intersection':
      return below(def.left, def.right)
    case 'pipe':
      return below(def.in)
    case 'lazy':
      return below(def.getter?.())
    default:
      return below(def.innerType)
  }
}

function shapeOfObject({ shape = {}, catchall }: Definition): Shape {
  const open =
    catchall !== undefined && (catchall as unknown as { _zod: { def: Definition } })._zod.def.type !== 'never'
  return {
    fields: new Map(Object.entries(shape).map(([name, schema]) => [name, [schema]])),
    every: open ? [catchall] : [],
    anything: false,
  }
}

function joined(shapes: readonly Shape[]): Shape {
  const fields = new Map<string, readonly ZodType[]>()
  for (const shape of shapes)
    for (const [name, schemas] of shape.fields) fields.set(name, [...(fields.get(name) ?? []), ...schemas])
  return { fields, every: shapes.flatMap(({ every }) => every), anything: shapes.some((shape) => shape.anything) }
}
