/**
 * Between what an application sees of a value and what lies in the table. A value is parsed when it is written; reading
 * takes one-way transforms as done, fills in defaults that came later, and makes Date, bigint, Set and Map again.
 */
import type * as z from 'zod'
import { ChangeRefusedError } from '../errors.ts'
import { readingNode } from './reading-schema.ts'
import { isCodec, reaches } from './schema-parts.ts'
import { rewriter } from './schema-rewrite.ts'
import { difference, type Refuse, storedValue } from './stored-value.ts'
import { encodingNode, rewritingNode, writingNode } from './writing-schema.ts'

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
