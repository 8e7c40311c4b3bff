/** Schemas whose values would not come back from the table are refused when the record is defined. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { DefinitionError } from '../../shared/define/errors.ts'
import { defineRecord } from '../../shared/define/record.ts'

const define = (schema: z.ZodType) =>
  defineRecord({
    name: 'thing',
    schema: schema as z.ZodType<object>,
    key: ({ id }: { id: string }) => ({ pk: id, sk: 'thing' }),
  })
const field = (schema: z.ZodType) => z.object({ id: z.string(), at: z.object({ value: schema }) })

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const length = z.string().transform((text) => text.length)

describe('defineRecord', () => {
  it.each<[string, z.ZodType, RegExp]>([
    ['a function', field(z.function()), /^Record type "thing": at\.value: a function cannot be stored/],
    ['a promise', field(z.promise(z.string())), /at\.value: a promise cannot be stored/],
    ['a symbol', field(z.symbol()), /at\.value: a symbol cannot be stored/],
    ['a file', field(z.file()), /at\.value: a file cannot be stored/],
    [
      'a field named constructor',
      field(z.object({ constructor: z.string() })),
      /at\.value: a field "constructor" cannot be stored; choose another name/,
    ],
    ['NaN', field(z.nan()), /at\.value: NaN cannot be stored/],
    [
      'a date or a text',
      field(z.union([z.date(), z.string()])),
      /at\.value: two options of this union are stored as text/,
    ],
    ['a bigint or a number', field(z.union([z.number(), z.bigint()]).optional()), /stored as number/],
    ['a codec or a text', field(z.union([isoDate, z.string()])), /stored as text/],
    ['a transform or another', field(z.union([length, z.string()])), /stored as text/],
    [
      'unlike objects of dates',
      field(z.union([z.object({ a: z.date() }), z.object({ a: z.string() })])),
      /stored as map/,
    ],
    [
      'dates in an intersection',
      field(z.intersection(z.object({ a: z.date() }), z.object({ a: z.date() }))),
      /use \.extend/,
    ],
    ['nothing and null in a list', field(z.array(z.string().nullish())), /null and undefined are stored as the same/],
    ['a deep one', field(z.array(z.map(z.string(), z.set(z.symbol())))), /at\.value\[\]\[\]\[\]: a symbol/],
    [
      'keys that are transformed',
      field(
        z.record(
          z.string().transform((key) => key),
          z.string(),
        ),
      ),
      /use z\.map/,
    ],
    [
      'a transform in a codec',
      field(z.codec(length, z.number(), { decode: (n) => n, encode: (n) => n })),
      /one-way transform/,
    ],
    ['a list at the top', z.array(z.string()), /must be of an object .*, not of list/],
    ['a transformed object', z.object({ id: z.string() }).transform((value) => value), /must be of an object/],
    [
      'a text that expires',
      z.object({ id: z.string(), expiresAt: z.iso.datetime() }),
      /expiresAt: is when DynamoDB deletes/,
    ],
    [
      'a date that expires',
      z.object({ id: z.string(), expiresAt: z.date().optional() }),
      /expiresAt: is when DynamoDB/,
    ],
    [
      'an option that catches all',
      field(z.union([z.date().catch(new Date(0)).optional(), z.int()])),
      /put \.catch\(\) around/,
    ],
  ])('refuses %s, with the path', (_, schema, message) => {
    expect(() => define(schema)).toThrow(DefinitionError)
    expect(() => define(schema)).toThrow(message)
  })

  it('takes objects of every make', () => {
    const a = z.object({ id: z.string(), kind: z.literal('a') })
    const b = z.object({ id: z.string(), kind: z.literal('b'), at: z.date() })
    for (const schema of [
      a,
      z.strictObject(a.shape),
      a.loose(),
      a.readonly(),
      z.lazy(() => a),
      z.discriminatedUnion('kind', [a, b]),
      z.union([a, z.object({ id: z.string() })]),
      z.record(z.string(), z.string()),
      a.refine(() => true),
    ]) {
      expect(() => define(schema)).not.toThrow()
    }
  })
})
