/** What the console signs is what a gateway computes, for every path, query, header and body that it sends. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { send } from '../../console/api-client/client.ts'
import { signer } from '../../console/api-client/sign.ts'
import { signatureOf } from '../../local/http-api/signature.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const now = new Date('2015-08-30T12:36:00Z')
const sign = signer({ credentials: async () => credentials, region: 'eu-west-1', now: () => now })

interface Sent {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly body?: string
}

/** The signature that the console sends, and the one of what went over the wire. */
async function signatures({ method, path, body }: Sent, headers: Record<string, string> = {}) {
  const wire: Request[] = []
  const fetch = async (url: URL, init: RequestInit) => {
    wire.push(new Request(url, init))
    return new Response()
  }
  const ports = { fetch, now: () => now, sleep: async () => {}, signal: new AbortController().signal }
  await send(ports as never, { url: 'https://example.com', flags: '', sign }, { method, path, headers, body })
  const [request] = wire as [Request]
  const url = new URL(request.url)
  const [, signed = '', signature] =
    /SignedHeaders=([^,]+), Signature=(\w+)/.exec(request.headers.get('authorization') ?? '') ?? []
  const own = signatureOf(
    {
      ...{ method, path: url.pathname, query: url.search.slice(1), body: body ?? '' },
      headers: { ...Object.fromEntries(request.headers), host: url.host },
    },
    {
      ...{ secret: credentials.secretAccessKey, date: '20150830T123600Z', region: 'eu-west-1', service: 'execute-api' },
      signedHeaders: signed.split(';'),
    },
  )
  return { sent: signature, computed: own.signature, url }
}

it.each([
  ['GET', '/jobs/a%3Ab%40c%2Bd%3D~0190', undefined],
  ['GET', '/jobs/a:b@c+d=~0190', undefined],
  ['POST', "/jobs/(group)'!*~0190/cancel", '{}'],
  ['GET', '/jobs/%E1%88%B4%20x', undefined],
  ['GET', '/prod/jobs?type=a+b*(c)~&since=2026-01-01T00%3A00%3A00.000Z&error=50%25+%26+more', undefined],
  ['GET', '/jobs?b=2&a=2&a=1&empty=&%E1%88%B4=bar', undefined],
  ['POST', '/jobs', '{"key":"ü"}'],
])('of %s %s', async (method, path, body) => {
  const { sent, computed } = await signatures({ method, path, body })
  expect(sent).toBe(computed)
})

it('of a header with spaces', async () => {
  const { sent, computed } = await signatures(
    { method: 'POST', path: '/jobs', body: '{}' },
    { 'idempotency-key': 'two  spaces' },
  )
  expect(sent).toBe(computed)
})

it('of any id and any filter', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => id.isWellFormed() && !/^\.\.?$/.test(id))
  await fc.assert(
    fc.asyncProperty(text, text, async (id, error) => {
      const path = `/jobs/${encodeURIComponent(id)}?${new URLSearchParams({ error, type: id })}`
      const { sent, computed } = await signatures({ method: 'GET', path })
      expect(sent).toBe(computed)
    }),
    { numRuns: 200 },
  )
})

it('of a query whose spaces are sent as they are signed', async () => {
  const { url } = await signatures({ method: 'GET', path: '/jobs?type=a+b&error=1%2B1' })
  expect(url.search).toBe('?type=a%20b&error=1%2B1')
})
