import { expect, test } from 'vitest'
import { startHttpApi } from '../http-api/http-api.ts'
import { emptyModel } from './support/functions.ts'
import { apiFunction, route, startApi } from './support/http-api.ts'

/** The answer to GET / when the function gives this payload. */
async function answerTo(payload: unknown, init: RequestInit = {}): Promise<Response> {
  const { url } = await startApi({ reply: () => payload })
  return fetch(url, init)
}

test('status, headers, cookies and body of an answer reach the client', async () => {
  const response = await answerTo({
    statusCode: 201,
    headers: { 'Content-Type': 'application/json', Location: '/orders/1', 'X-Count': 3, 'content-length': 999 },
    cookies: ['a=1; Path=/', 'b=2'],
    body: '{"id":"ü"}',
  })
  expect(response.status).toBe(201)
  expect(response.headers.get('location')).toBe('/orders/1')
  expect(response.headers.get('x-count')).toBe('3')
  expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2'])
  expect(response.headers.get('content-length')).toBe('11')
  expect(await response.json()).toEqual({ id: 'ü' })
})

test('a body in base64 is decoded', async () => {
  const response = await answerTo({
    statusCode: 200,
    body: Buffer.from([0, 255, 1]).toString('base64'),
    isBase64Encoded: true,
  })
  expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 1]))
})

test('an answer without a content type is plain text', async () => {
  const response = await answerTo({ statusCode: 200, body: 'hi' })
  expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8')
})

test.each([
  ['an object', { a: 1 }, '{"a":1}'],
  ['an array', [1], '[1]'],
  ['text', 'hello', 'hello'],
  ['null', null, 'null'],
])('%s without a status code is the body of a 200 in JSON', async (_, payload, body) => {
  const response = await answerTo(payload)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.text()).toBe(body)
})

test.each([
  ['a status code that is none', { statusCode: 'ok' }],
  ['a status code out of range', { statusCode: 42 }],
  ['a body that is an object', { statusCode: 200, body: { a: 1 } }],
  ['headers that are a list', { statusCode: 200, headers: [['a', 'b']] }],
  ['a header value that is an object', { statusCode: 200, headers: { a: {} } }],
  ['a line break in a header', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
  ['cookies that are text', { statusCode: 200, cookies: 'a=1' }],
])('%s is an internal server error', async (_, payload) => {
  const response = await answerTo(payload)
  expect(response.status).toBe(500)
  expect(await response.text()).toBe('{"message":"Internal Server Error"}')
})

test('a 204 and the answer to HEAD have no body', async () => {
  expect(await (await answerTo({ statusCode: 204 })).text()).toBe('')
  const head = await answerTo({ statusCode: 200, body: 'hello' }, { method: 'HEAD' })
  expect(await head.text()).toBe('')
})

const failure = { ok: false, errorType: 'E', errorMessage: 'secret', durationMs: 1 }

test.each([
  ['error', 500, 'Internal Server Error'],
  ['timeout', 500, 'Internal Server Error'],
  ['exit', 500, 'Internal Server Error'],
  ['init', 500, 'Internal Server Error'],
  ['throttled', 503, 'Service Unavailable'],
])('a function that fails with %s is answered %i %s', async (reason, status, message) => {
  const response = await answerTo({ ...failure, reason })
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ message })
})

test('a request that Lambda refuses for its size is answered 413', async () => {
  const errorType = 'RequestEntityTooLargeException'
  expect((await answerTo({ ...failure, reason: 'payload-too-large', errorType })).status).toBe(413)
})

test('a function that outlasts the integration timeout is answered 503', async () => {
  const { url } = await startApi({ integrationTimeoutMs: 50, reply: () => new Promise(() => undefined) })
  const response = await fetch(url)
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ message: 'Service Unavailable' })
})

test('requests above the burst of a route are answered 429', async () => {
  const routes = [route('GET /a'), route('GET /b')]
  const { url, events } = await startApi({ api: { routes, throttling: { ratePerSecond: 0.001, burst: 2 } } })
  const statuses = []
  for (const path of ['/a', '/a', '/a', '/b']) statuses.push((await fetch(url + path)).status)
  expect(statuses).toEqual([200, 200, 429, 200])
  expect(events).toHaveLength(3)
  expect(await (await fetch(`${url}/a`)).json()).toEqual({ message: 'Too Many Requests' })
})

test.each([
  ['no permission at all', []],
  ['a permission for another service', [{ principal: 'sns.amazonaws.com' }]],
  [
    'a permission for another route',
    [
      {
        principal: 'apigateway.amazonaws.com',
        sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:api1/*/*/orders',
      },
    ],
  ],
])('a function with %s is not invoked', async (_, permissions) => {
  const { url, events, lines } = await startApi({ api: { routes: [route('GET /users')] }, fn: { permissions } })
  expect((await fetch(`${url}/users`)).status).toBe(500)
  expect(events).toEqual([])
  expect(lines.join()).toContain('AWS::Lambda::Permission')
})

test('a permission names the route, not the path of the request', async () => {
  const sourceArn = 'arn:aws:execute-api:us-east-1:000000000000:api1/*/*/orders/{id}'
  const permissions = [{ principal: 'apigateway.amazonaws.com', sourceArn }]
  const { url } = await startApi({ api: { routes: [route('GET /orders/{id}')] }, fn: { permissions } })
  expect((await fetch(`${url}/orders/7`)).status).toBe(200)
})

const cors = { origins: ['https://a.test', 'http://*'], methods: ['GET', 'POST'], headers: ['x-id'], maxAgeSeconds: 60 }

test('the gateway answers a preflight itself, also where there is no route', async () => {
  const { url, events } = await startApi({ api: { cors, routes: [route('GET /orders')] } })
  const headers = { origin: 'https://a.test', 'access-control-request-method': 'POST' }
  const response = await fetch(`${url}/orders`, { method: 'OPTIONS', headers })
  expect(response.status).toBe(204)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://a.test',
    'access-control-allow-methods': 'GET,POST',
    'access-control-allow-headers': 'x-id',
    'access-control-max-age': '60',
  })
  expect(events).toEqual([])
})

test('an origin that is not allowed gets no CORS headers', async () => {
  const { url } = await startApi({ api: { cors } })
  const headers = { origin: 'https://b.test', 'access-control-request-method': 'POST' }
  const preflight = await fetch(url, { method: 'OPTIONS', headers })
  expect(preflight.headers.has('access-control-allow-origin')).toBe(false)
  const response = await fetch(url, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.has('access-control-allow-origin')).toBe(false)
})

test("configured CORS replaces the function's own headers; without it they pass", async () => {
  const reply = () => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'mine' } })
  const configured = await startApi({ api: { cors }, reply })
  const headers = { origin: 'http://x.test' }
  expect((await fetch(configured.url, { headers })).headers.get('access-control-allow-origin')).toBe('http://x.test')
  const bare = await startApi({ reply })
  expect((await fetch(bare.url, { headers })).headers.get('access-control-allow-origin')).toBe('mine')
})

test('every request is counted, with its class of status, for the API and for its stage', async () => {
  const { url, points } = await startApi({
    api: { routes: [route('GET /bad'), route('GET /good')] },
    reply: (event) => ({ statusCode: event.rawPath === '/bad' ? 502 : 200 }),
  })
  for (const path of ['/good', '/bad', '/missing']) await fetch(url + path)
  const sum = (name: string, dimensions: object) =>
    points
      .filter((point) => point.name === name && JSON.stringify(point.dimensions) === JSON.stringify(dimensions))
      .reduce((total, { value }) => total + value, 0)
  for (const dimensions of [{ ApiId: 'api1' }, { ApiId: 'api1', Stage: '$default' }]) {
    expect(['Count', '4xx', '5xx'].map((name) => sum(name, dimensions))).toEqual([3, 1, 1])
  }
  expect(points.every(({ namespace }) => namespace === 'AWS/ApiGateway')).toBe(true)
  expect(points.filter(({ name }) => name === 'Latency')).toHaveLength(6)
})

test('a port in use is one clear error', async () => {
  const { url } = await startApi({})
  const port = Number(new URL(url).port)
  const api = { logicalId: 'Api', kind: 'http' as const, id: 'a', name: 'a', stageName: '$default', routes: [] }
  const model = { ...emptyModel, apis: [api], functions: [apiFunction] }
  const functions = { invoke: () => Promise.reject(new Error('never')) }
  const starting = startHttpApi({ model, port, functions, log: () => undefined, metrics: { put: () => undefined } })
  await expect(starting).rejects.toThrow(`Port ${port} is in use`)
})

test('the API stops although a client keeps its connection open', async () => {
  const { url, stop } = await startApi({})
  await (await fetch(url)).text()
  await stop()
  await expect(fetch(url)).rejects.toThrow()
})
