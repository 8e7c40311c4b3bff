/** What a zod schema is made of, as far as records need to know it. The only place that reads zod's own descriptions. */
import * as z from 'zod'

/** The description of a schema. Which parts there are depends on its type. */
export interface SchemaParts {
  readonly type: string
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[]
  readonly coerce?: boolean
  readonly innerType?: z.ZodType
  readonly element?: z.ZodType
  readonly keyType?: z.ZodType
  readonly valueType?: z.ZodType
  readonly items?: readonly z.ZodType[]
  readonly rest?: z.ZodType | null
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly catchall?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly discriminator?: string
  readonly left?: z.ZodType
  readonly right?: z.ZodType
  readonly in?: z.ZodType
  readonly out?: z.ZodType
  readonly reverseTransform?: unknown
}

export function partsOf(schema: z.ZodType): SchemaParts {
  return schema._zod.def as unknown as SchemaParts
}

/** Whether a schema has an encoded form that it can go back to. */
export function isCodec(schema: z.ZodType): boolean {
  const { type, reverseTransform } = partsOf(schema)
  return type === 'pipe' && reverseTransform !== undefined
}

/** Whether a schema makes something else of a value, with no way back: a transform, or a pipe that is not a codec. */
export function isOneWay(schema: z.ZodType): boolean {
  const { type } = partsOf(schema)
  return type === 'transform' || (type === 'pipe' && !isCodec(schema))
}

/** The schema that a lazy one stands for. */
export function lazyInner(schema: z.ZodType): z.ZodType {
  return (schema as unknown as { readonly _zod: { readonly innerType: z.ZodType } })._zod.innerType
}

/** The values of an enum or a literal. */
export function valuesOf(schema: z.ZodType): readonly unknown[] {
  return [...(schema._zod.values ?? [])]
}

/** The schemas right below one, each with the step that leads to it. Of a one-way pipe, only what it ends as is stored. */
export function childrenOf(schema: z.ZodType): readonly (readonly [string, z.ZodType])[] {
  const parts = partsOf(schema)
  const child = (step: string, part: z.ZodType | null | undefined) => (part ? [[step, part] as const] : [])
  if (parts.type === 'lazy') return [['', lazyInner(schema)]]
  return [
    ...Object.entries(parts.shape ?? {}),
    ...child('*', parts.catchall),
    ...child('', parts.innerType),
    ...child('[]', parts.element),
    ...child(parts.type === 'map' ? '[key]' : '', parts.type === 'map' ? parts.keyType : undefined),
    ...child(parts.type === 'record' ? '*' : '[]', parts.valueType),
    ...(parts.items ?? []).map((item, index) => [`[${index}]`, item] as const),
    ...child('[]', parts.rest),
    ...(parts.options ?? []).map((option) => ['', option] as const),
    ...child('', parts.left),
    ...child('', parts.right),
    ...child('', isCodec(schema) ? parts.in : undefined),
    ...child('', parts.out),
  ]
}

/** Whether a schema, or one anywhere below it, is such a one. A schema may contain itself. */
export function reaches(
  schema: z.ZodType,
  isSuch: (schema: z.ZodType) => boolean,
  seen: Set<z.ZodType> = new Set(),
): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  return isSuch(schema) || childrenOf(schema).some(([, child]) => reaches(child, isSuch, seen))
}

/** A copy of a schema with some parts exchanged. Accessors stay accessors: a default that is computed is computed each time. */
export function withParts(schema: z.ZodType, changed: Partial<SchemaParts>): z.ZodType {
  const properties = Object.getOwnPropertyDescriptors(schema._zod.def)
  const exchanged = Object.fromEntries(
    Object.entries(changed).map(([name, value]) => [
      name,
      { value, enumerable: true, writable: true, configurable: true },
    ]),
  )
  const def = Object.defineProperties({}, { ...properties, ...exchanged })
  return z.core.clone(schema, def as typeof schema._zod.def)
}

/** The schema without some of its checks. */
export function without(schema: z.ZodType, isLeftOut: (check: string) => boolean): z.ZodType {
  const { checks = [] } = partsOf(schema)
  const kept = checks.filter((check) => !isLeftOut(check._zod.def.check))
  return kept.length === checks.length ? schema : withParts(schema, { checks: kept } as Partial<SchemaParts>)
}
