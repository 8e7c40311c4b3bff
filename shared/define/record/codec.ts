/**
 * Between what an application sees of a value and what lies in the table. A value is parsed when it is written; reading
 * takes one-way transforms as done, fills in defaults that came later, and makes Date, bigint, Set and Map again.
 */
import * as z from 'zod'
import { ChangeRefusedError } from '../errors.ts'
import { isRevived, kindsOf } from './schema-kinds.ts'
import { isCodec, isOneWay, partsOf, reaches, type SchemaParts, valuesOf, withParts } from './schema-parts.ts'
import { type Rewrite, rewriter, withRewritten } from './schema-rewrite.ts'
import { difference, type Refuse, storedValue } from './stored-value.ts'

export interface ValueCodec {
  /** What is stored of a value, and the value as reading gives it again. */
  write(value: unknown, refuse: Refuse): { readonly stored: unknown; readonly value: unknown }
  /** @throws ZodError when what is stored does not fit the schema */
  read(stored: unknown): unknown
}

const known = new WeakMap<z.ZodType, ValueCodec>()

export function valueCodec(schema: z.ZodType): ValueCodec {
  const codec = known.get(schema) ?? codecOf(schema)
  known.set(schema, codec)
  return codec
}

function codecOf(schema: z.ZodType): ValueCodec {
  const writing = rewriter(writingNode)(schema)
  const [reading, readingAbsent] = [
    rewriter(readingNode(false))(schema),
    later(() => rewriter(readingNode(true))(schema)),
  ]
  const writingAbsent = later(() => rewriter(rewritingNode)(schema))
  const encoding = reaches(schema, isCodec) ? rewriter(encodingNode)(schema) : undefined
  const encoded = (value: unknown) => (encoding ? encoding.parse(value) : value)
  return {
    read(stored) {
      const { success, data, error } = reading.safeParse(stored)
      if (success) return data
      const other = readingAbsent().safeParse(stored)
      if (other.success) return other.data
      throw error
    },
    write(given, refuse) {
      const plain = encoded(parsed([writing, writingAbsent], given, refuse))
      const stored = storedValue(plain, refuse)
      const value = parsed([reading, readingAbsent], stored, (path, message) =>
        refuse(path, `could not be read again: ${message}`),
      )
      const lost = difference(plain, encoded(value))
      if (lost) {
        refuse(
          lost,
          'would come back from the table as another value; declare its type in the schema (z.date(), z.bigint(), z.set(), …)',
        )
      }
      return { stored, value }
    },
  }
}

/** Made when it is needed: few values need it. */
function later<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Parses by the first of some schemas that takes the value; refuses what does not fit the first, or what its own code throws at. */
function parsed(
  [first, ...others]: readonly [z.ZodType, ...(() => z.ZodType)[]],
  value: unknown,
  refuse: Refuse,
): unknown {
  try {
    const result = first.safeParse(value)
    if (result.success) return result.data
    const other = others.map((schema) => schema().safeParse(value)).find(({ success }) => success)
    if (other) return other.data
    const [issue] = result.error.issues
    return refuse(issue?.path ?? [], issue?.message ?? 'does not fit its schema')
  } catch (error) {
    if (error instanceof ChangeRefusedError) throw error
    return refuse([], `its schema threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`)
  }
}

/** The schema of what a caller writes: where there is a codec, the value that it decodes to. */
function writingNode(schema: z.ZodType, rewrite: Rewrite): z.ZodType {
  return isCodec(schema) ? decodedOf(schema) : withRewritten(schema, rewrite)
}

/** The same for a record that was read before: what was undefined then is not there. */
function rewritingNode(schema: z.ZodType, rewrite: Rewrite): z.ZodType {
  const field = (part: z.ZodType) => fieldOf(part, rewrite(part))
  return isCodec(schema) ? decodedOf(schema) : withRewritten(schema, rewrite, { element: rewrite, field })
}

function decodedOf(codec: z.ZodType): z.ZodType {
  return z.transform((value, { issues }) => {
    encode(codec, value, issues)
    return value
  })
}

/** The schema that encodes a value which was parsed before, and checks nothing else. */
function encodingNode(schema: z.ZodType, rewrite: Rewrite): z.ZodType {
  if (isCodec(schema)) return z.transform((value, { issues }) => encode(schema, value, issues))
  const { type, out, in: first } = partsOf(schema)
  if (type === 'custom') return z.any()
  if (isOneWay(schema)) return first && out && partsOf(out).type !== 'transform' ? rewrite(out) : z.any()
  return withRewritten(
    without(schema, () => true),
    rewrite,
  )
}

function encode(schema: z.ZodType, value: unknown, issues: z.core.$ZodRawIssue[]): unknown {
  const result = z.safeEncode(schema, value)
  for (const { path, message } of result.error?.issues ?? [])
    issues.push({ code: 'custom', path: [...path], message, input: value })
  return result.data
}

/**
 * The schema of what lies in the table. What was changed when it was parsed (trimmed, transformed) is not changed again.
 *
 * @param absent whether a field may be absent that was undefined when it was written
 */
function readingNode(absent: boolean): (schema: z.ZodType, rewrite: Rewrite) => z.ZodType {
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

/** The schema without some of its checks. */
function without(schema: z.ZodType, isLeftOut: (check: string) => boolean): z.ZodType {
  const { checks = [] } = partsOf(schema)
  const kept = checks.filter((check) => !isLeftOut(check._zod.def.check))
  return kept.length === checks.length ? schema : withParts(schema, { checks: kept } as Partial<SchemaParts>)
}

/** A place in a list: where it was undefined, null was stored to keep it. */
function elementOf(before: z.ZodType, part: z.ZodType): z.ZodType {
  const kinds = kindsOf(before)
  return kinds.has('absent') && !kinds.has('null')
    ? z.optional(z.preprocess((value) => (value === null ? undefined : value), part))
    : part
}

/** A field of an object: where it was undefined, there is no attribute. */
function fieldOf(before: z.ZodType, part: z.ZodType): z.ZodType {
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
