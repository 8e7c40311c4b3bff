/** Makes one schema of another, node by node. */
import * as z from 'zod'
import { isCodec, lazyInner, partsOf, type SchemaParts, withParts } from './schema-parts.ts'

export type Rewrite = (schema: z.ZodType) => z.ZodType

/**
 * A function that rewrites schemas; what it has rewritten it knows, so a schema may contain itself.
 *
 * @param node gives the new schema for one, by `rewrite` for those below it
 */
export function rewriter(node: (schema: z.ZodType, rewrite: Rewrite) => z.ZodType): Rewrite {
  const done = new Map<z.ZodType, z.ZodType>()
  const open = new Set<z.ZodType>()
  const rewrite: Rewrite = (schema) => {
    const known = done.get(schema)
    if (known) return known
    if (open.has(schema)) return z.lazy(() => rewrite(schema))
    open.add(schema)
    const rewritten = node(schema, rewrite)
    open.delete(schema)
    done.set(schema, rewritten)
    return rewritten
  }
  return rewrite
}

/** How what stands in a list, and what stands in a field of an object, is rewritten. */
interface Places {
  readonly element: Rewrite
  readonly field: Rewrite
}

/** The same schema with those below it rewritten; the very same if none of them changed. */
export function withRewritten(
  schema: z.ZodType,
  rewrite: Rewrite,
  places: Places = { element: rewrite, field: rewrite },
): z.ZodType {
  const parts = partsOf(schema)
  if (parts.type === 'lazy') return z.lazy(() => rewrite(lazyInner(schema)))
  if (parts.type === 'prefault') {
    // The prefault goes in where a value of the caller goes in; what the rewritten schema takes may be something else.
    const inner = rewrite(parts.innerType as z.ZodType)
    return inner === parts.innerType ? schema : inner.default(() => schema.parse(undefined))
  }
  const changed = changedParts(schema, rewrite, places)
  return Object.keys(changed).length === 0 ? schema : withParts(schema, changed)
}

function changedParts(schema: z.ZodType, rewrite: Rewrite, { element, field }: Places): Partial<SchemaParts> {
  const parts = partsOf(schema)
  const keep: Rewrite = (part) => part
  /** How each part that is one schema is rewritten: what stands in a list as an element. */
  const single: Partial<Record<keyof SchemaParts, Rewrite>> = {
    innerType: rewrite,
    element,
    keyType: parts.type === 'map' ? element : keep,
    valueType: parts.type === 'record' ? rewrite : element,
    rest: element,
    catchall: rewrite,
    left: rewrite,
    right: rewrite,
    in: isCodec(schema) ? rewrite : keep,
    out: isCodec(schema) ? keep : rewrite,
  }
  const places = Object.entries(single).flatMap(([name, of]) => {
    const part = parts[name as keyof SchemaParts] as z.ZodType | null | undefined
    return part ? [[name, of(part)] as const] : []
  })
  const several = [
    ['items', parts.items && all(parts.items, element)],
    ['options', parts.options && all(parts.options, rewrite)],
    ['shape', parts.shape && shape(parts.shape, field)],
  ] as const
  return Object.fromEntries([...places, ...several].filter(([name, part]) => part !== parts[name as keyof SchemaParts]))
}

function all(schemas: readonly z.ZodType[], rewrite: Rewrite): readonly z.ZodType[] {
  const rewritten = schemas.map(rewrite)
  return rewritten.every((one, i) => one === schemas[i]) ? schemas : rewritten
}

function shape(fields: Readonly<Record<string, z.ZodType>>, rewrite: Rewrite): Readonly<Record<string, z.ZodType>> {
  const rewritten = Object.entries(fields).map(([name, field]) => [name, rewrite(field)] as const)
  return rewritten.every(([name, field]) => field === fields[name]) ? fields : Object.fromEntries(rewritten)
}
