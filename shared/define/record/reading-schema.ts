/** The schema of what lies in the table: Date, bigint, Set and Map are made again, and one-way transforms are done. */
import * as z from 'zod'
import { isRevived, kindsOf } from './schema-kinds.ts'
import { isOneWay, partsOf, valuesOf, without, withParts } from './schema-parts.ts'
import { type Rewrite, withRewritten } from './schema-rewrite.ts'

/**
 * The schema of what lies in the table. What was changed when it was parsed (trimmed, transformed) is not changed again.
 *
 * @param absent whether a field may be absent that was undefined when it was written
 */
export function readingNode(absent: boolean): (schema: z.ZodType, rewrite: Rewrite) => z.ZodType {
  return (schema, rewrite) => readingOf(schema, rewrite, absent)
}

function readingOf(schema: z.ZodType, rewrite: Rewrite, absent: boolean): z.ZodType {
  const element = (part: z.ZodType) => elementOf(part, rewrite(part))
  const field = (part: z.ZodType) => (absent ? fieldOf(part, rewrite(part)) : rewrite(part))
  const { type, out } = partsOf(schema)
  const bare = without(schema, (check) => check === 'overwrite')
  if (type === 'transform') return z.any()
  if (isOneWay(schema)) return out ? rewrite(out) : z.any()
  if (type === 'date') return z.preprocess(dateOf, withParts(bare, { coerce: false }))
  if (type === 'bigint') return z.preprocess(bigintOf, withParts(bare, { coerce: false }))
  if (type === 'literal' && isRevived(schema)) {
    return z.preprocess((value) => (valuesOf(schema).includes(value) ? value : bigintOf(value)), bare)
  }
  if (type === 'set') return setOf(bare, element)
  if (type === 'map') return mapOf(bare, element)
  return withRewritten(partsOf(bare).coerce ? withParts(bare, { coerce: false }) : bare, rewrite, { element, field })
}

/** A place in a list: where it was undefined, null was stored to keep it. */
function elementOf(before: z.ZodType, part: z.ZodType): z.ZodType {
  const kinds = kindsOf(before)
  return kinds.has('absent') && !kinds.has('null')
    ? z.optional(z.preprocess((value) => (value === null ? undefined : value), part))
    : part
}

/** A field of an object: where it was undefined, there is no attribute. */
export function fieldOf(before: z.ZodType, part: z.ZodType): z.ZodType {
  const mayBeAbsent = kindsOf(before).has('absent') || ['any', 'unknown', 'transform'].includes(partsOf(before).type)
  // Of a rewritten one, what made it optional may be gone: a transform takes whatever comes.
  const isOptional = part === before && before._zod.optin !== undefined
  return mayBeAbsent && !isOptional ? z.optional(part) : part
}

const instant = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

function dateOf(stored: unknown): unknown {
  return typeof stored === 'string' && instant.test(stored) ? new Date(stored) : stored
}

function bigintOf(stored: unknown): unknown {
  return typeof stored === 'number' && Number.isSafeInteger(stored) ? BigInt(stored) : stored
}

/** A set lies there as a list; one that something else wrote may be a native set of DynamoDB. */
function setOf(schema: z.ZodType, element: Rewrite): z.ZodType {
  const { valueType } = partsOf(schema)
  const list = z.preprocess(
    (stored) => (stored instanceof Set ? [...stored] : stored),
    z.array(element(valueType as z.ZodType)),
  )
  const checked = withParts(schema, { valueType: z.any() })
  return list.transform((values): unknown => new Set(values)).pipe(checked as z.ZodType<unknown, unknown>)
}

function mapOf(schema: z.ZodType, element: Rewrite): z.ZodType {
  const { keyType, valueType } = partsOf(schema)
  const pairs = z.array(z.tuple([element(keyType as z.ZodType), element(valueType as z.ZodType)]))
  const checked = withParts(schema, { keyType: z.any(), valueType: z.any() })
  return pairs
    .transform((entries): unknown => new Map(entries as [unknown, unknown][]))
    .pipe(checked as z.ZodType<unknown, unknown>)
}
