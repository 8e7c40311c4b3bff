/** A REST API: events of payload 1.0, its own answers, its own limits. */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Api } from '../model.ts'
import { accessKeyId } from '../types.ts'
import { FUNCTION_NAME, route, startApi } from './support/http-api.ts'
import { signedHeaders } from './support/signed.ts'

interface RestEvent {
  readonly resource: string
  readonly path: string
  readonly httpMethod: string
  readonly headers: Record<string, string>
  readonly multiValueHeaders: Record<string, string[]>
  readonly queryStringParameters: Record<string, string> | null
  readonly multiValueQueryStringParameters: Record<string, string[]> | null
  readonly pathParameters: Record<string, string> | null
  readonly body: string | null
  readonly isBase64Encoded: boolean
  readonly requestContext: Record<string, unknown> & { identity: Record<string, unknown> }
}

const proxy = [route('ANY /'), route('ANY /{proxy+}')]
const rest = (own: Partial<Api> = {}): Partial<Api> => ({ kind: 'rest', stageName: 'dev', routes: proxy, ...own })
const ok = () => ({ statusCode: 200, body: '{}' })

async function start(own: Partial<Api> = {}, reply: (event: never) => unknown = ok, more: object = {}) {
  const api = await startApi({ api: rest(own), reply: reply as never, ...more })
  return { ...api, events: api.events as unknown as RestEvent[] }
}

/** What the function sees of a request. */
async function eventOf(
  path: string,
  init: RequestInit = {},
  own: Partial<Api> = {},
  headersFor: (url: string) => Promise<Record<string, string>> = async () => ({}),
): Promise<RestEvent> {
  const { url, events } = await start(own)
  await fetch(url + path, { ...init, headers: { ...init.headers, ...(await headersFor(url + path)) } })
  const [event] = events
  if (!event) throw new Error('the function was not invoked')
  return event
}

async function answerTo(payload: unknown, init: RequestInit = {}, own: Partial<Api> = {}): Promise<Response> {
  const { url } = await start(own, () => payload)
  return fetch(`${url}/x`, init)
}

describe('the event', () => {
  test('has the path without the stage and still encoded, and the context has it with the stage', async () => {
    const event = await eventOf('/jobs/a%20b%2Fc')
    expect(event).toMatchObject({
      resource: '/{proxy+}',
      path: '/jobs/a%20b%2Fc',
      httpMethod: 'GET',
      pathParameters: { proxy: 'jobs/a%20b%2Fc' },
      stageVariables: null,
    })
    expect(event.requestContext).toMatchObject({
      path: '/dev/jobs/a%20b%2Fc',
      stage: 'dev',
      resourcePath: '/{proxy+}',
      apiId: 'api1',
    })
    expect(event.requestContext.identity).toMatchObject({ sourceIp: '127.0.0.1', userArn: null })
  })

  test('of the root has no parameters, and what is absent is null', async () => {
    expect(await eventOf('/')).toMatchObject({
      resource: '/',
      path: '/',
      pathParameters: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
      isBase64Encoded: false,
    })
  })

  test('has the last value of what is repeated, and all of them beside it', async () => {
    const event = await eventOf('/x?tag=a&tag=b%26c&plus=1+2')
    expect(event.queryStringParameters).toEqual({ tag: 'b&c', plus: '1 2' })
    expect(event.multiValueQueryStringParameters).toEqual({ tag: ['a', 'b&c'], plus: ['1 2'] })
  })

  test('has the names of headers as the client wrote them', async () => {
    const { url, events } = await start()
    const { port, pathname } = new URL(url)
    const request = `GET ${pathname}/x HTTP/1.1\r\nHost: api.test:99\r\nX-Tag: a\r\nX-Tag: b\r\nCookie: a=1\r\nConnection: close\r\n\r\n`
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request))
    await Array.fromAsync(socket)
    const [event] = events
    expect(event?.headers).toMatchObject({
      Host: 'api.test:99',
      'X-Tag': 'b',
      Cookie: 'a=1',
      'X-Forwarded-Port': '99',
      'X-Forwarded-For': '127.0.0.1',
    })
    expect(event?.multiValueHeaders['X-Tag']).toEqual(['a', 'b'])
    expect(event?.headers).not.toHaveProperty('Connection')
  })

  test.each([
    ['application/octet-stream', [], false],
    ['application/octet-stream', ['application/octet-stream'], true],
    ['application/problem+json', [], false],
    ['application/json; charset=utf-8', ['application/json'], true],
    ['text/plain', ['*/*'], true],
  ])(
    'has a body of %s in base64 where the API names it binary: %j',
    async (type, binaryMediaTypes, isBase64Encoded) => {
      const body = Buffer.from('{"ü":1}')
      const init = { method: 'POST', body, headers: { 'content-type': type } }
      expect(await eventOf('/x', init, { binaryMediaTypes })).toMatchObject({
        isBase64Encoded,
        body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
      })
    },
  )
})

describe('the answer', () => {
  test('carries status, headers of one and of several values, and body', async () => {
    const response = await answerTo({
      statusCode: 201,
      headers: { Location: '/orders/1', 'X-Both': 'one' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'], 'X-Both': ['two', 'three'] },
      body: '{"id":"ü"}',
      isBase64Encoded: false,
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('location')).toBe('/orders/1')
    expect(response.headers.get('x-both')).toBe('two, three')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await response.json()).toEqual({ id: 'ü' })
  })

  test('in base64 is decoded only for a client that accepts a binary type', async () => {
    const body = Buffer.from([0, 255, 1]).toString('base64')
    const payload = { statusCode: 200, body, isBase64Encoded: true }
    const own = { binaryMediaTypes: ['image/png'] }
    const accepted = await answerTo(payload, { headers: { accept: 'image/png, */*' } }, own)
    expect(Buffer.from(await accepted.arrayBuffer())).toEqual(Buffer.from([0, 255, 1]))
    expect(await (await answerTo(payload, {}, own)).text()).toBe(body)
  })

  test.each([
    ['a bare value', { hello: 'world' }],
    ['a key that payload 1.0 does not have', { statusCode: 200, cookies: [] }],
    ['a body that is an object', { statusCode: 200, body: {} }],
    ['a status that is none', { statusCode: 'ok' }],
    ['a header that is no text', { statusCode: 200, headers: { a: {} } }],
    ['a list of headers that is none', { statusCode: 200, multiValueHeaders: { a: 'b' } }],
  ])('with %s is a bad gateway', async (_, payload) => {
    const response = await answerTo(payload)
    expect(response.status).toBe(502)
    expect(await response.json()).toEqual({ message: 'Internal server error' })
  })
})

describe('what the gateway says itself', () => {
  const failure = { ok: false, errorType: 'E', errorMessage: 'secret', durationMs: 1 }

  test.each([
    ['a function that throws', { ...failure, reason: 'error' }, 502, 'Internal server error'],
    ['a function that Lambda throttles', { ...failure, reason: 'throttled' }, 500, 'Internal server error'],
  ])('to %s', async (_, result, status, message) => {
    const response = await answerTo(result)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ message })
  })

  test('to a path that no resource has, and to one outside the stage', async () => {
    const { url, events } = await start({ routes: [route('GET /orders')] })
    const missing = await fetch(`${url}/other`)
    expect(missing.status).toBe(403)
    expect(await missing.json()).toEqual({ message: 'Missing Authentication Token' })
    expect(missing.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException')
    const outside = await fetch(`${new URL(url).origin}/orders`)
    expect([outside.status, await outside.json()]).toEqual([403, { message: 'Forbidden' }])
    expect(events).toEqual([])
  })

  test('to a function that outlasts its method’s time', async () => {
    const routes = [{ ...route('ANY /{proxy+}'), timeoutMs: 50 }]
    const { url } = await start({ routes }, () => new Promise(() => undefined))
    const response = await fetch(`${url}/x`)
    expect(response.status).toBe(504)
    expect(await response.json()).toEqual({ message: 'Endpoint request timed out' })
  })

  test('to a body above 10 MB, and to more requests than the stage admits', async () => {
    const { url, events } = await start({ throttling: { ratePerSecond: 0.001, burst: 1 } })
    const big = await fetch(`${url}/x`, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) })
    expect(big.status).toBe(413)
    expect((await fetch(`${url}/x`)).status).toBe(200)
    expect((await fetch(`${url}/x`)).status).toBe(429)
    expect(events).toHaveLength(1)
  })

  test('to an API that may not invoke its function', async () => {
    const { url, lines } = await start({}, ok, { fn: { permissions: [] } })
    expect((await fetch(`${url}/x`)).status).toBe(500)
    expect(lines.join()).toContain('AWS::Lambda::Permission')
  })
})

describe('with IAM authorization', () => {
  const routes = [{ ...route('ANY /{proxy+}'), authorization: 'AWS_IAM' as const }]
  test('the function sees who signed', async () => {
    const headersFor = (url: string) => signedHeaders({ url, accessKeyId: 'AKIAOPERATOR' })
    const event = await eventOf('/x', {}, { routes }, headersFor)
    expect(event.requestContext.identity).toMatchObject({
      accessKey: 'AKIAOPERATOR',
      userArn: 'arn:aws:iam::000000000000:root',
    })
  })

  const accessKey = accessKeyId({ kind: 'function', functionName: FUNCTION_NAME })

  async function refusal(headersFor: (url: string) => object) {
    const role = {
      logicalId: 'Role',
      name: 'api-function',
      arn: 'arn:aws:iam::000000000000:role/api-function',
      trusts: [],
      statements: [],
      foreignPolicies: [],
    }
    const { url, events } = await start({ routes }, ok, { roles: [role] })
    const headers = (await headersFor(`${url}/x`)) as Record<string, string>
    const response = await fetch(`${url}/x`, { headers })
    expect(events).toEqual([])
    expect(response.status).toBe(403)
    const { message } = (await response.json()) as { message: string }
    return { message, type: response.headers.get('x-amzn-errortype') }
  }

  test.each([
    ['no signature', () => ({}), 'Missing Authentication Token'],
    [
      'the signature of a role that may not',
      (url: string) => signedHeaders({ url, accessKeyId: accessKey }),
      'User is not authorized to access this resource',
    ],
  ])('a request with %s is forbidden', async (_, headersFor, message) => {
    expect(await refusal(headersFor)).toMatchObject({ message })
  })

  test('a signature of the wrong value is refused with what should have been signed', async () => {
    const { message, type } = await refusal((url) =>
      signedHeaders({ url, accessKeyId: accessKey, secretAccessKey: 'wrong' }),
    )
    expect(type).toBe('InvalidSignatureException')
    expect(message).toMatch(
      /^The request signature we calculated does not match the signature you provided\. Check your AWS/,
    )
    expect(message).toMatch(
      /The Canonical String for this request should have been\n'GET\n\/dev\/x\n\nhost:127\.0\.0\.1/,
    )
    expect(message).toMatch(
      /The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/execute-api/,
    )
  })
})

test('requests are counted under the name of the API, and of its stage', async () => {
  const { url, points } = await start({}, () => ({ statusCode: 503, body: '{}' }))
  await fetch(`${url}/x`)
  const counted = points.filter(({ name, value }) => name === '5XXError' && value === 1)
  expect(counted.map(({ dimensions }) => dimensions)).toEqual([{ ApiName: 'api' }, { ApiName: 'api', Stage: 'dev' }])
})
