/** The schemas of what is written: of what a caller gives, and of how a codec encodes it. */
import * as z from 'zod'
import { fieldOf } from './reading-schema.ts'
import { isCodec, isOneWay, partsOf, without } from './schema-parts.ts'
import { type Rewrite, withRewritten } from './schema-rewrite.ts'

/** The schema of what a caller writes: where there is a codec, the value that it decodes to. */
export function writingNode(schema: z.ZodType, rewrite: Rewrite): z.ZodType {
  return isCodec(schema) ? decodedOf(schema) : withRewritten(schema, rewrite)
}

/** The same for a record that was read before: what was undefined then is not there. */
export function rewritingNode(schema: z.ZodType, rewrite: Rewrite): z.ZodType {
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
export function encodingNode(schema: z.ZodType, rewrite: Rewrite): z.ZodType {
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
