/** Schemas that a field of a record can have, with values of theirs: what is written of each must be read again. */
import * as z from 'zod'

export interface FieldCase {
  readonly schema: z.ZodType
  /** Values as a caller writes them, each with what reading gives where that is another. */
  readonly values: readonly (readonly [written: unknown, read?: unknown])[]
  /** Whether parsing what was read gives it again, so that a record that was read can be put. @default true */
  readonly repeats?: boolean
}

interface Node {
  readonly at: Date
  readonly next?: Node | undefined
}
const node: z.ZodType<Node> = z.object({
  at: z.date(),
  get next() {
    return node.optional()
  },
})

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}
const money = z.codec(z.string(), z.instanceof(Money), {
  decode: (text) => new Money(Number(text)),
  encode: ({ cents }) => String(cents),
})
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const day = new Date('2026-01-02T03:04:05.678Z')
const big = 12345678901234567890123456789012345678n

const one = (schema: z.ZodType, ...values: readonly unknown[]): FieldCase => ({
  schema,
  values: values.map((value) => [value] as const),
})

export const fieldCases: Readonly<Record<string, FieldCase>> = {
  text: one(z.string(), 'a', '', 'é😀'),
  'a text that is trimmed': { schema: z.string().trim().toLowerCase(), values: [[' A ', 'a']] },
  'a text format': one(z.email(), 'ann@example.com'),
  'a template literal': one(z.templateLiteral(['v', z.int()]), 'v1'),
  number: one(z.number(), 1, -0.5, 0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1e-100, 0.1 + 0.2),
  'a coerced number': { schema: z.coerce.number(), values: [['5', 5], [5]] },
  'a coerced date': { schema: z.coerce.date(), values: [['2026-01-02', new Date('2026-01-02')], [day]] },
  'a coerced text': { schema: z.coerce.string(), values: [[5, '5']] },
  'a coerced boolean': {
    schema: z.coerce.boolean(),
    values: [
      ['x', true],
      [0, false],
    ],
  },
  'a coerced bigint': { schema: z.coerce.bigint(), values: [['5', 5n], [5n]] },
  boolean: one(z.boolean(), true, false),
  'null and undefined': one(z.union([z.null(), z.undefined()]), null, undefined),
  bigint: one(z.bigint(), 5n, big, -big, 0n),
  'a bigint with limits': one(z.bigint().positive(), 5n),
  date: one(z.date(), day, new Date(0), new Date(-1), new Date(8.64e15)),
  'a date with limits': one(z.date().min(new Date(0)), day),
  'bytes of a buffer': { schema: z.instanceof(Uint8Array), values: [[Buffer.from('x'), new Uint8Array([120])]] },
  'a large bigint': one(z.bigint(), BigInt(Number.MAX_SAFE_INTEGER) + 2n, -(2n ** 53n)),
  bytes: one(z.instanceof(Uint8Array), new Uint8Array([1, 2, 255]), new Uint8Array()),
  enum: one(z.enum(['card', 'cash']), 'card'),
  'a literal of several types': one(z.literal(['a', 1, true, null]), 'a', 1, true, null),
  'a bigint literal': one(z.literal(5n), 5n),
  list: one(z.array(z.string()), [], ['a', 'b']),
  'a list of dates': one(z.array(z.date()), [day, day]),
  'a list with empty places': one(z.array(z.union([z.int(), z.undefined()])), [1, undefined, 3], [undefined]),
  'a list of optional dates': one(z.array(z.date().optional()), [day, undefined]),
  'a list of nulls': one(z.array(z.date().nullable()), [day, null]),
  tuple: one(z.tuple([z.string(), z.date()]), ['a', day]),
  'a tuple with a rest': one(z.tuple([z.string()], z.bigint()), ['a'], ['a', 1n, 2n]),
  'a tuple with an optional end': one(z.tuple([z.string(), z.date().optional()]), ['a'], ['a', day]),
  set: one(z.set(z.string()), new Set(), new Set(['a', 'b'])),
  'a set of dates': one(z.set(z.date()), new Set([day, new Date(day)])),
  'a set with a limit': one(z.set(z.int()).min(1), new Set([1])),
  map: one(z.map(z.string(), z.int()), new Map(), new Map([['a', 1]])),
  'a map of dates by date': one(z.map(z.date(), z.set(z.bigint())), new Map([[day, new Set([1n])]])),
  object: one(z.object({ a: z.string() }), { a: 'x' }),
  'a strict object': one(z.strictObject({ a: z.string(), pk: z.string(), _x: z.int() }), { a: 'x', pk: 'p', _x: 1 }),
  'a loose object': one(z.looseObject({ a: z.date() }), { a: day, more: [1, { b: null }] }),
  'a catchall of dates': one(z.object({ a: z.string() }).catchall(z.date()), { a: 'x', more: day }),
  'a checked object': one(
    z.object({ from: z.date(), to: z.date() }).refine(({ from, to }) => from.getTime() <= to.getTime()),
    { from: new Date(0), to: day },
  ),
  'a record': one(z.record(z.string(), z.date()), {}, { a: day, 'b.c': day }),
  'a record with few keys': one(z.partialRecord(z.enum(['a', 'b']), z.bigint()), { a: 1n }),
  optional: one(z.date().optional(), undefined, day),
  nullable: one(z.date().nullable(), null, day),
  nullish: one(z.bigint().nullish(), null, undefined, 1n),
  default: { schema: z.date().default(day), values: [[undefined, day], [new Date(0)]] },
  prefault: { schema: z.string().trim().prefault(' x '), values: [[undefined, 'x'], ['y']] },
  'a prefault of a transform': {
    schema: z
      .string()
      .transform((text) => text.length)
      .prefault('four'),
    values: [
      [undefined, 4],
      ['abc', 3],
    ],
    repeats: false,
  },
  catch: { schema: z.date().catch(day), values: [['nonsense', day], [new Date(0)]] },
  readonly: one(z.object({ a: z.array(z.date()) }).readonly(), { a: [day] }),
  brand: one(z.string().brand<'id'>(), 'a'),
  nonoptional: one(z.nonoptional(z.date().optional()), day),
  lazy: one(
    z.lazy(() => z.date()),
    day,
  ),
  'a type within itself': one(node, { at: day, next: { at: new Date(0) } }),
  json: one(z.json(), { a: [1, 'x', null, { b: true }] }, [], 'x', null),
  'anything plain': one(z.unknown(), { a: [1, 'x', null, { b: true }] }, [], 'x', null),
  'anything, missing': one(z.unknown(), undefined),
  'a union of unlike types': one(z.union([z.string(), z.bigint(), z.set(z.date())]), 'x', 5n, new Set([day])),
  'a union of objects': one(z.union([z.object({ a: z.string() }), z.object({ b: z.int() })]), { a: 'x' }, { b: 1 }),
  'a discriminated union': one(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('on'), at: z.date() }),
      z.object({ kind: z.literal('by'), at: z.string() }),
    ]),
    { kind: 'on', at: day },
    { kind: 'by', at: day.toISOString() },
  ),
  'an intersection': one(z.intersection(z.object({ a: z.date() }), z.object({ b: z.bigint() })), { a: day, b: 1n }),
  'a codec': one(isoDate, day),
  'a codec of a class': one(money, new Money(5)),
  'codecs all over': one(
    z.object({
      l: z.array(isoDate),
      o: isoDate.optional(),
      n: money.nullable(),
      m: z.map(z.string(), isoDate),
      s: z.stringbool(),
    }),
    { l: [day], n: new Money(1), m: new Map([['a', day]]), s: true },
    { l: [], o: day, n: null, m: new Map(), s: false },
  ),
  'a codec with a check around it': one(
    z.object({ at: isoDate }).refine(({ at }) => at.getTime() > 0),
    { at: day },
  ),
  'a codec or a number': one(z.union([isoDate, z.number()]), day, 5),
  'a codec with a default': { schema: isoDate.default(day), values: [[undefined, day], [new Date(0)]] },
  'a one-way transform': {
    schema: z.string().transform((text) => text.split(',')),
    values: [['a,b', ['a', 'b']]],
    repeats: false,
  },
  'a transform into a date': {
    schema: z
      .string()
      .transform((text) => new Date(text))
      .pipe(z.date()),
    values: [['2026-01-02', new Date('2026-01-02')]],
    repeats: false,
  },
  'a preprocessed number': { schema: z.preprocess((value) => Number(value), z.int()), values: [['5', 5], [5]] },
  'a transform among defaults': {
    schema: z.object({ tags: z.string().transform((text) => text.split(',')), at: z.date().default(day) }),
    values: [[{ tags: 'a' }, { tags: ['a'], at: day }]],
    repeats: false,
  },
}
