/** Requests for every route of the API: such as fit its document, and such as do not. */
import fc from 'fast-check'
import { hostileJson, hostileTexts, hostileValues } from './hostile.ts'
import { type Schema, valueFor } from './schema.ts'

export interface Operation {
  readonly method: string
  /** `/orders/{id}` */
  readonly path: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly body?: Schema
  /** Status → schema of its body, if it has one. */
  readonly responses: Readonly<Record<string, Schema | undefined>>
}

export interface FuzzRequest {
  readonly operation: Operation
  readonly method: string
  /** Values of the path's parameters; a number is a place in the list of ids that the API has given out so far. */
  readonly params: readonly (string | number)[]
  readonly query: readonly (readonly [string, string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Job types and lanes, so that many requests get past the first check. */
export interface Words {
  readonly types: readonly string[]
  readonly lanes: readonly string[]
}

/** Of every plane, halves of surrogate pairs among them. (fast-check's own take seconds to get ready.) */
const anyCharacters = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 20 })
  .map((points) => String.fromCodePoint(...points))

/** @param mark begins every free text of these requests */
export function requestFor(operation: Operation, mark: string, words: Words): fc.Arbitrary<FuzzRequest> {
  const text = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .string({ unit: 'grapheme-ascii', maxLength: 12 })
        .map((rest) => mark + rest.replace(/[^a-z0-9-]/g, '')),
    },
    { weight: 1, arbitrary: fc.constantFrom(...words.types, ...words.lanes) },
    { weight: 1, arbitrary: anyCharacters.map((rest) => mark + rest) },
  )
  const body = operation.body
  return fc
    .record({
      method: fc.oneof(
        { weight: 40, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom('PUT', 'PATCH', 'DELETE', 'POST') },
      ),
      params: fc.tuple(...pathParameters(operation).map(() => paramValue(text, words))),
      query: queryOf(operation, text),
      headers: headersOf(operation, text),
      body: body ? bodyOf(body, text, words) : fc.constant(undefined),
    })
    .map(({ body, headers, ...rest }) => ({
      ...rest,
      operation,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body,
    }))
}

export const pathParameters = ({ path }: Operation) => [...path.matchAll(/{(\w+)}/g)].map(([, name = '']) => name)

function paramValue(text: fc.Arbitrary<string>, { lanes }: Words): fc.Arbitrary<string | number> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.nat() },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.constantFrom(...lanes) },
    // An empty segment makes another path.
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...hostileTexts.filter((one) => one.isWellFormed() && one !== '' && one.length < 5_000),
      ),
    },
  )
}

function queryOf({ parameters }: Operation, text: fc.Arbitrary<string>): fc.Arbitrary<(readonly [string, string])[]> {
  const known = parameters.filter((parameter) => parameter.in === 'query')
  const names = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...(known.length > 0 ? known.map(({ name }) => name) : ['limit'])) },
    { weight: 1, arbitrary: text },
  )
  const pair = names.chain((name) => {
    const schema = known.find((parameter) => parameter.name === name)?.schema ?? {}
    const value = fc.oneof(
      {
        weight: 3,
        arbitrary: valueFor(schema, text).map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
      },
      { weight: 1, arbitrary: fc.constantFrom(...hostileTexts.filter((one) => one.length < 3_000)) },
    )
    return value.map((one) => [name, one.toWellFormed()] as const)
  })
  const some = fc.array(pair, { maxLength: 4 })
  const chosen = known.length > 0 ? 0.6 : 0.1
  return fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), some).map(([at, pairs]) => (at < chosen ? pairs : []))
}

function headersOf(operation: Operation, text: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> {
  const printable = (one: string) => one.replace(/[^\x20-\x7e]/g, '?').slice(0, 400)
  const key = fc.oneof(
    text.map(printable),
    fc.constantFrom('', '"', '"a"', '"a\\"', ' ', 'x'.repeat(255), 'x'.repeat(256), 'same'),
  )
  const types = fc.constantFrom(
    'application/json; charset=utf-8',
    'application/problem+json',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
    'application/jsonp',
    'APPLICATION/JSON',
  )
  const traces = fc.constantFrom('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-0-0-0', 'x'.repeat(200))
  const takesKey = operation.parameters.some((parameter) => parameter.in === 'header')
  const all = fc.record({ 'idempotency-key': key, 'content-type': types, traceparent: traces })
  return all.chain(({ traceparent, ...others }) => {
    const keyed: Record<string, string> = takesKey ? { 'idempotency-key': others['idempotency-key'] } : {}
    const typed: Record<string, string> = operation.body ? { 'content-type': others['content-type'] } : {}
    return fc.constantFrom<Record<string, string>>({}, keyed, keyed, typed, { traceparent })
  })
}

/** JSON that fits, with something replaced, missing or too much; or no JSON at all. */
function bodyOf(schema: Schema, text: fc.Arbitrary<string>, words: Words): fc.Arbitrary<string> {
  const fitting = valueFor(schema, text).map((value) => knowing(value, words))
  return fc.oneof(
    { weight: 5, arbitrary: fitting.map((value) => JSON.stringify(value)) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fitting, fc.nat(), fc.constantFrom(...hostileValues))
        .map(([value, at, by]) => JSON.stringify(replaced(value, at, by))),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fitting, fc.nat()).map(([value, at]) => JSON.stringify(replaced(value, at, undefined))),
    },
    { weight: 1, arbitrary: fc.tuple(fitting, fc.nat()).map(([value, at]) => truncated(JSON.stringify(value), at)) },
    { weight: 1, arbitrary: fc.constantFrom(...hostileJson) },
  )
}

const truncated = (json: string, at: number) => json.slice(0, at % (json.length + 1))

/** A job with a payload for a probe where one could stand: a type and a payload that do not know each other rarely fit. */
function knowing(value: unknown, words: Words): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => knowing(one, words))
  const entries = Object.entries(value).map(([name, inner]) => [name, knowing(inner, words)])
  const made = Object.fromEntries(entries) as Record<string, unknown>
  if (!('type' in made && 'payload' in made)) return made
  const key = String(made.type)
  const { group: _, lane: __, runAt: ___, ...plain } = made
  return { ...plain, type: 'probe', payload: { key: key.slice(0, 100) || 'k' } }
}

/** A copy in which the `at`-th value, counted through all levels, is another; `undefined` leaves it out. */
function replaced(value: unknown, at: number, by: unknown): unknown {
  const places = count(value)
  let left = at % places
  const walk = (one: unknown): unknown => {
    if (left-- === 0) return by
    if (Array.isArray(one)) return one.map(walk)
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, walk(inner)]))
  }
  return walk(value) ?? null
}

function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, inner) => sum + count(inner), 1)
}
