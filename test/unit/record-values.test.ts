/** What a schema accepts is stored and read again, whatever it is made of; or the schema is refused when it is defined. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { DefinitionError } from '../../shared/define/errors.ts'
import { recordIn, recordWritten } from '../../shared/define/record/item.ts'
import { isCodec, partsOf, reaches } from '../../shared/define/record/schema-parts.ts'
import { difference } from '../../shared/define/record/stored-value.ts'
import { create, defineRecord, type RecordType, recordWrite } from '../../shared/define/record.ts'
import { type Item, itemSize } from '../../shared/lib/write.ts'
import { fieldCases } from '../support/record-schemas.ts'

type Pair = readonly [written: unknown, read: unknown]
interface Generated {
  readonly name: string
  readonly schema: z.ZodType
  readonly pairs: readonly Pair[]
}

interface Holder {
  readonly id: string
  readonly value?: unknown
}

function holderOf(value: z.ZodType): RecordType<Holder, { id: string }> {
  return defineRecord({
    name: 'holder',
    schema: z.object({ id: z.string(), value }) as unknown as z.ZodType<Holder>,
    key: ({ id }: { id: string }) => ({ pk: id, sk: 'holder' }),
  })
}

function itemOf(record: RecordType<Holder, { id: string }>, value: unknown): Item {
  const write = recordWrite(create(record, { id: 'a', value }))
  if (write.op !== 'put') throw new Error('a record is created by a put')
  return write.item
}

const simple = fc.constantFrom(
  ...Object.entries(fieldCases)
    // In a list, nothing says that a place of anything was undefined; zod itself gives the Buffer again.
    .filter(([name]) => !['anything, missing', 'bytes of a buffer'].includes(name))
    .map(([name, { schema, values }]) => ({
      name,
      schema,
      pairs: values.map(([written, ...read]): Pair => [written, read.length > 0 ? read[0] : written]),
    })),
)

/** Ways to make a larger schema of one. */
const around: Readonly<Record<string, (inner: Generated) => Omit<Generated, 'name'>>> = {
  list: ({ schema, pairs }) => ({
    schema: z.array(schema),
    pairs: [
      [pairs.map(([w]) => w), pairs.map(([, r]) => r)],
      [[], []],
    ],
  }),
  tuple: ({ schema, pairs }) => ({
    schema: z.tuple([schema, z.date()]),
    pairs: pairs.map(
      ([w, r]): Pair => [
        [w, at],
        [r, at],
      ],
    ),
  }),
  object: ({ schema, pairs }) => ({
    schema: z.object({ a: schema, pk: z.string() }),
    pairs: pairs.map(
      ([w, r]): Pair => [
        { a: w, pk: 'p' },
        { a: r, pk: 'p' },
      ],
    ),
  }),
  strict: ({ schema, pairs }) => ({
    schema: z.strictObject({ a: schema }),
    pairs: pairs.map(([w, r]): Pair => [{ a: w }, { a: r }]),
  }),
  record: ({ schema, pairs }) => ({
    schema: z.record(z.string(), schema),
    pairs: pairs.map(([w, r]): Pair => [{ k: w }, { k: r }]),
  }),
  set: ({ schema, pairs }) => ({
    schema: z.set(schema),
    pairs: [[new Set(pairs.map(([w]) => w)), new Set(pairs.map(([, r]) => r))]],
  }),
  map: ({ schema, pairs }) => ({
    schema: z.map(z.bigint(), schema),
    pairs: pairs.map(([w, r]): Pair => [new Map([[1n, w]]), new Map([[1n, r]])]),
  }),
  optional: ({ schema, pairs }) => ({ schema: schema.optional(), pairs: pairs.filter(([w]) => w !== undefined) }),
  nullable: ({ schema, pairs }) => ({
    schema: schema.nullable(),
    pairs: [...pairs.filter(([w]) => w !== null), [null, null]],
  }),
  readonly: ({ schema, pairs }) => ({
    schema: z.object({ a: schema }).readonly(),
    pairs: pairs.map(([w, r]): Pair => [{ a: w }, { a: r }]),
  }),
  lazy: ({ schema, pairs }) => ({ schema: z.lazy(() => schema), pairs }),
  refined: ({ schema, pairs }) => ({ schema: schema.refine(() => true), pairs }),
}
const at = new Date('2026-01-02T03:04:05.678Z')

const nested = fc
  .tuple(simple, fc.array(fc.constantFrom(...Object.keys(around)), { maxLength: 4 }))
  .map(([inner, ways]) =>
    ways.reduce<Generated>(
      (one, way) => ({ ...(around[way]?.(one) as Generated), name: `${way} of ${one.name}` }),
      inner,
    ),
  )

/** Writes and reads each value; the schema may be refused instead. */
function check({ name, schema }: Generated, pairs: readonly Pair[]): void {
  let record: ReturnType<typeof holderOf>
  try {
    record = holderOf(schema)
  } catch (error) {
    expect(error, name).toBeInstanceOf(DefinitionError)
    return
  }
  for (const [written, read] of pairs) {
    const item = itemOf(record, written)
    expect(recordIn(record, item), name).toEqual({ id: 'a', value: read })
    expect(recordWritten(record, { id: 'a', value: written }), name).toEqual({ id: 'a', value: read })
    expect(itemSize(item), name).toBeGreaterThan(0)
  }
}

describe('the value of a field', () => {
  it('comes back as it was written, however its schema is nested', () => {
    fc.assert(
      fc.property(nested, (one) => check(one, one.pairs)),
      { numRuns: 1_000 },
    )
  })

  it('of a union comes back as the schema parses it', () => {
    // `schema.parse` takes the encoded form of a codec; and in a list of anything, nothing keeps the place of undefined.
    const isOther = (schema: z.ZodType) => isCodec(schema) || partsOf(schema).type === 'unknown'
    const plain = nested.filter(({ schema }) => !reaches(schema, isOther))
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const schema = z.union([a.schema, b.schema])
        const pairs = [...a.pairs, ...b.pairs]
          .map(([written]): Pair => [written, schema.parse(written)])
          // Where a default makes an option fit another's value, zod itself gives something else the second time: that is refused.
          .filter(([, read]) => difference(schema.safeParse(read).data, read) === undefined)
        check({ name: `${a.name} or ${b.name}`, schema, pairs }, pairs)
      }),
      { numRuns: 1_000 },
    )
  })
})
