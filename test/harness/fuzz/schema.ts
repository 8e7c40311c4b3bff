/** Values that fit a JSON Schema, as far as those of the API go. */
import fc from 'fast-check'

export interface Schema {
  readonly type?: string
  readonly format?: string
  readonly pattern?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
}

/** At most so many elements of a list: longer ones are what the hostile values are for. */
const longestList = 5

/** @param text makes the texts that may be anything, so that what they are stored in can be told by them later */
export function valueFor(schema: Schema, text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valueFor(one, text)))
  switch (schema.type) {
    case 'object':
      return objectOf(schema, text)
    case 'array':
      return fc.array(valueFor(schema.items ?? {}, text), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? longestList, Math.max(longestList, schema.minItems ?? 0)),
      })
    case 'string':
      return textOf(schema, text)
    case 'integer':
      return fc.integer(rangeOf(schema))
    case 'number':
      return fc.oneof(fc.integer(rangeOf(schema)), fc.double({ ...rangeOf(schema), noNaN: true }))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.dictionary(text, text, { maxKeys: 3 }))
  }
}

function objectOf({ properties = {}, required = [] }: Schema, text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueFor(schema, text)]))
  return fc.record(values, { requiredKeys: required.filter((name) => name in values) })
}

function textOf(
  { format, pattern, minLength = 0, maxLength = 100 }: Schema,
  text: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  if (format === 'email') return text.map((word) => `${word.replace(/[^a-z0-9-]/g, '').slice(0, 50)}@example.com`)
  if (format === 'uri')
    return text.map((word) => `https://${word.replace(/[^a-z0-9-]/g, '').slice(0, 50)}.example.com/`)
  if (format === 'date-time')
    return fc
      .date({ min: new Date(), max: new Date(Date.now() + 400 * 86_400_000), noInvalidDate: true })
      .map((date) => date.toISOString())
  // A few are enough, and cost far less than a new one each time.
  if (pattern) return fc.constantFrom(...fc.sample(fc.stringMatching(new RegExp(pattern)), { seed: 1, numRuns: 10 }))
  return text.map((word) => word.padEnd(minLength, 'x').slice(0, maxLength))
}

function rangeOf({ minimum = -1_000, maximum = 1_000_000, exclusiveMinimum }: Schema) {
  const min = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1
  // JSON Schema of an integer names the safe integers as its bounds: mostly something smaller is meant.
  return { min: Math.max(min, -1_000_000), max: Math.min(maximum, Math.max(1_000_000, min)) }
}
