/** Bodies that every route refuses before it looks at them: another form than JSON in UTF-8, and values that JSON or a text loses. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import businessRoutes from '../../app/routes.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { parseJson } from '../../functions/api/json.ts'
import { router } from '../../functions/api/router.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { jsonFlaw } from '../../shared/lib/json-exact.ts'
import { illFormedPath } from '../../shared/lib/well-formed.ts'

const routes = routesOf(businessRoutes, { probes: true })
/** Nothing that these requests reach touches a table. */
const resolve = router(routes, { authorization: { type: 'none' } } as ApiDeps, (fault) => {
  throw fault
})

interface Ask {
  readonly method?: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
}

const json = { 'content-type': 'application/json' }

async function ask(path: string, { method = 'POST', body = '', headers = json, query }: Ask) {
  const event = {
    rawPath: path.replace(/:\w+/g, 'x'),
    headers,
    requestContext: { http: { method } },
    queryStringParameters: query,
    body: typeof body === 'string' ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  } as unknown as APIGatewayProxyEventV2
  const answer = await resolve(event)
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body ?? '') }
}

const withBody = routes.filter(({ body }) => body).map(({ path }) => path)

describe.each(withBody)('POST %s', (path) => {
  it.each(['gzip', 'br', 'deflate', 'GZIP, identity', 'aws-chunked'])('names the encoding %s', async (encoding) => {
    const answer = await ask(path, {
      headers: { ...json, 'content-encoding': encoding },
      body: new Uint8Array([31, 139]),
    })
    expect(answer).toMatchObject({ status: 415, headers: { 'accept-encoding': 'identity' } })
    expect(answer.body.detail).toContain(encoding)
    expect(answer.body.detail).toContain('identity')
  })

  it.each([
    ['application/json; charset=iso-8859-1', 'iso-8859-1'],
    ['application/json; charset="utf-16"', 'utf-16'],
    ['multipart/form-data; boundary=x', 'multipart/form-data'],
    ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
    ['text/plain', 'text/plain'],
    ['application/json, text/plain', 'application/json, text/plain'],
    ['json', 'json'],
    ['', 'no content-type'],
  ])('names the content type %s', async (type, named) => {
    const answer = await ask(path, { headers: type ? { 'content-type': type } : {}, body: '{}' })
    expect(answer).toMatchObject({ status: 415, body: { detail: expect.stringContaining(named) } })
  })

  it('refuses text that is not well-formed, and numbers that JSON changes, with their path', async () => {
    const refusal = (path: string) => ({ status: 422, body: { errors: [{ path }] } })
    expect(await ask(path, { body: '{"a":[{"b":"x\\ud800y"}]}' })).toMatchObject(refusal('a.0.b'))
    expect(await ask(path, { body: '{"a":12345678901234567890}' })).toMatchObject(refusal('a'))
  })

  it('refuses bytes that are not UTF-8', async () => {
    expect(await ask(path, { body: new Uint8Array([0x22, 0xff, 0x22]) })).toMatchObject({ status: 400 })
    // The three bytes of half a character.
    expect(await ask(path, { body: new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]) })).toMatchObject({ status: 400 })
  })

  it('reads JSON of any name, with identity, a charset and a byte order mark', async () => {
    for (const type of ['application/json', 'application/problem+json', 'Application/JSON ; charset="UTF-8"']) {
      const headers = { 'content-type': type, 'content-encoding': 'identity' }
      const answer = await ask(path, { headers, body: new Uint8Array([0xef, 0xbb, 0xbf, 0x31]) })
      expect(answer, type).toMatchObject({ status: 422 })
    }
  })
})

it('an empty body is said to be empty', async () => {
  expect(await ask('/orders', {})).toMatchObject({ status: 400, body: { detail: expect.stringContaining('empty') } })
})

it('half a character in a path, a header or a query is refused', async () => {
  const half = 'a\ud800'
  expect(await ask(`/jobs/${half}`, { method: 'GET' })).toMatchObject({ status: 400 })
  expect(await ask('/orders', { headers: { ...json, 'idempotency-key': half } })).toMatchObject({ status: 400 })
  const answer = await ask('/jobs', { method: 'GET', query: { record: half } })
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'record' }] } })
})

describe('a number in JSON', () => {
  const numbers = ['0', '-0', '-0.0', '0e5', '1.0', '1E5', '0.1', '0.10000000000000001', '3.141592653589793238462643']
  const large = ['9007199254740992', '1e22', '1e23', '123456789012345680000', '1.7976931348623157e308']
  it.each([...numbers, ...large])('is kept: %s', (text) => {
    expect(parseJson(text, 9)).toEqual({ kind: 'value', value: JSON.parse(text) })
  })

  it.each([
    '12345678901234567890',
    '-12345678901234567890',
    '9007199254740993',
    '1e400',
    '-1e400',
    '0.1e-400',
    `0.${'0'.repeat(400)}1`,
    '12345678901234567890.5',
    '1234567890123456789e3',
  ])('that would become another one is refused: %s', (text) => {
    expect(parseJson(`{"a":[ ${text}]}`, 9)).toMatchObject({ kind: 'refused', problem: { path: 'a.0' } })
  })

  it('within a text is text', () => {
    for (const text of ['"12345678901234567890"', '"a: 1e400, 12345678901234567890"'])
      expect(parseJson(text, 9).kind).toBe('value')
  })
})

it('the path of an ill-formed text or key is found in whatever JavaScript holds', () => {
  const circle: Record<string, unknown> = { a: 1 }
  circle.self = circle
  expect(illFormedPath(circle)).toBeUndefined()
  expect(illFormedPath('\udc00')).toBe('')
  expect(illFormedPath({ a: [{ 'k\ud800': 1 }] })).toBe('a.0.k\ufffd')
  expect(illFormedPath({ tags: new Set(['x', '\ud800']) })).toBe('tags.1')
  expect(illFormedPath({ tags: new Map([['x', '\ud800']]) })).toBe('tags.x')
  expect(illFormedPath({ emoji: '😀', bytes: new Uint8Array(3), none: null, nothing: undefined })).toBeUndefined()
})

describe('a number of a body', () => {
  const digits = (most: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: most })
  const literal = fc
    .tuple(fc.boolean(), digits(25), fc.option(digits(25)), fc.option(fc.integer({ min: -400, max: 400 })))
    .map(([minus, whole, fraction, power]) => {
      const integer = whole.replace(/^0+(?=\d)/, '')
      return `${minus ? '-' : ''}${integer}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`
    })

  /** Its value as a fraction of whole numbers. */
  function exactly(text: string): { readonly over: bigint; readonly under: bigint } {
    const [, sign, whole = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? []
    const shift = Number(power) - fraction.length
    const all = BigInt(`${sign}${whole}${fraction}`)
    return shift >= 0 ? { over: all * 10n ** BigInt(shift), under: 1n } : { over: all, under: 10n ** BigInt(-shift) }
  }

  /** A whole number to the last digit; a fraction as near as 64 bits come. */
  function isKept(sent: ReturnType<typeof exactly>, kept: ReturnType<typeof exactly>): boolean {
    const off = abs(sent.over * kept.under - kept.over * sent.under)
    return sent.over % sent.under === 0n ? off === 0n : off * 2n ** 52n <= abs(sent.over) * kept.under
  }
  const abs = (value: bigint) => (value < 0n ? -value : value)

  it('that is accepted is the number that was sent, and comes back from what is stored', () => {
    let accepted = 0
    fc.assert(
      fc.property(literal, (text) => {
        const read = parseJson(`{"n":${text}}`, 5)
        if (read.kind !== 'value' || jsonFlaw(read.value)) return
        accepted++
        const { n } = read.value as { n: number }
        expect(JSON.parse(JSON.stringify({ n })).n).toBe(n === 0 ? 0 : n)
        expect(isKept(exactly(text), exactly(String(n)))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(100)
  })
})
