import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { type ApiEvent, route, startApi } from './support/http-api.ts'

/** What the function sees of a request. */
async function eventOf(path: string, init: RequestInit = {}, api = {}): Promise<ApiEvent> {
  const { url, events } = await startApi({ api })
  await fetch(url + path, init)
  const [event] = events
  if (!event) throw new Error('the function was not invoked')
  return event
}

/** Sends a request whose every byte is the test's; resolves with the answer. */
const send = (url: string, text: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer)).on('error', reject)
  })

test.each([
  ['GET', '/orders', 'GET /orders'],
  ['POST', '/orders', 'ANY /orders'],
  ['GET', '/orders/1', 'GET /orders/{id}'],
  ['GET', '/orders/mine', 'GET /orders/mine'],
  ['POST', '/orders/1', 'ANY /{proxy+}'],
  ['GET', '/orders/1/lines', 'GET /orders/{id}/lines'],
  ['GET', '/orders/1/lines/2', 'GET /orders/{proxy+}'],
  ['GET', '/users/1/2', 'ANY /{proxy+}'],
  ['GET', '/', '$default'],
])('%s %s goes to the most specific route, %s', async (method, path, key) => {
  const keys = ['$default', 'ANY /{proxy+}', 'GET /orders/{proxy+}', 'GET /{other}/1/lines', 'GET /orders/{id}/lines']
  const routes = [...keys, 'GET /orders/{id}', 'GET /orders/mine', 'ANY /orders', 'GET /orders'].map(route)
  const { url } = await startApi({ api: { routes } })
  const response = await fetch(url + path, { method })
  expect(await response.json()).toEqual({ routeKey: key })
})

test('a request that no route matches is the 404 of the gateway', async () => {
  const { url, events } = await startApi({ api: { routes: [route('GET /orders')] } })
  for (const [method, path] of [
    ['POST', '/orders'],
    ['GET', '/orders/'],
    ['GET', '/other'],
  ]) {
    const response = await fetch(url + path, { method: method ?? '' })
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('{"message":"Not Found"}')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('apigw-requestid')).toMatch(/=$/)
  }
  expect(events).toEqual([])
})

test('path parameters are decoded, a greedy one keeps its slashes', async () => {
  const routes = [route('GET /a/{id}/{rest+}')]
  const event = await eventOf('/a/x%20y%C3%BC/b/c', {}, { routes })
  expect(event.pathParameters).toEqual({ id: 'x yü', rest: 'b/c' })
})

test('an HTTP API decodes rawPath', async () => {
  const event = await eventOf('/a%20b?c=%20d')
  expect(event).toMatchObject({ rawPath: '/a b', rawQueryString: 'c=%20d' })
  expect(event.requestContext.http.path).toBe('/a b')
})

test('a path that cannot be decoded is a bad request', async () => {
  const { url } = await startApi({})
  const status = await new Promise((resolve) => {
    request(`${url}/`, { path: '/%zz' }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).end()
  })
  expect(status).toBe(400)
})

test('the values of a repeated query parameter are joined by commas', async () => {
  const event = await eventOf('/?tag=a&tag=b%26c&empty=&plus=1+2')
  expect(event.queryStringParameters).toEqual({ tag: 'a,b&c', empty: '', plus: '1 2' })
})

test('without a query there are no queryStringParameters', async () => {
  const event = await eventOf('/')
  expect(event.rawQueryString).toBe('')
  expect(event).not.toHaveProperty('queryStringParameters')
  expect(event).not.toHaveProperty('pathParameters')
  expect(event).not.toHaveProperty('cookies')
  expect(event).not.toHaveProperty('body')
})

test('header names are lower case and the values of a repeated header are joined by commas', async () => {
  const { url, events } = await startApi({})
  await send(url, 'GET / HTTP/1.1\r\nHost: api.test:99\r\nX-Tag: a\r\nX-TAG: b\r\nConnection: close\r\n\r\n')
  expect(events[0]?.headers).toMatchObject({
    host: 'api.test:99',
    'x-tag': 'a,b',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-port': '99',
    'x-forwarded-proto': 'http',
    'x-amzn-trace-id': expect.stringMatching(/^Root=1-/),
  })
  expect(events[0]?.headers).not.toHaveProperty('connection')
  expect(events[0]?.requestContext).toMatchObject({ domainName: 'api.test', domainPrefix: 'api' })
})

test('cookies are a list of their own and no header', async () => {
  const event = await eventOf('/', { headers: { cookie: 'a=1; b=x%20y;nameless; =void; c=d=e' } })
  expect(event.cookies).toEqual(['a=1', 'b=x%20y', 'c=d=e'])
  expect(event.headers).not.toHaveProperty('cookie')
})

test.each([
  ['application/json', false],
  ['application/json; charset=utf-8', false],
  ['text/plain', false],
  ['application/xml', false],
  ['application/problem+json', true],
  ['application/x-www-form-urlencoded', true],
  ['application/octet-stream', true],
  ['', true],
])('a body of type "%s" comes in base64: %s', async (type, isBase64Encoded) => {
  const body = Buffer.from('{"ü":1}')
  const event = await eventOf('/', { method: 'POST', body, headers: type ? { 'content-type': type } : {} })
  expect(event).toMatchObject({ isBase64Encoded, body: body.toString(isBase64Encoded ? 'base64' : 'utf8') })
  expect(event.headers['content-length']).toBe('8')
})

test('the context of the request says who asked what, when and where', async () => {
  const before = Date.now()
  const { requestContext } = await eventOf('/orders', { method: 'PUT', headers: { 'user-agent': 'tester/1' } })
  expect(requestContext).toMatchObject({
    accountId: '000000000000',
    apiId: 'api1',
    stage: '$default',
    routeKey: '$default',
    requestId: expect.stringMatching(/^[\w-]{15}=$/),
    time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    http: { method: 'PUT', path: '/orders', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'tester/1' },
  })
  expect(requestContext).not.toHaveProperty('authorizer')
  expect(requestContext.timeEpoch).toBeGreaterThanOrEqual(before)
})

test('a named stage is the first part of the path, also in rawPath, but not for routes', async () => {
  const routes = [route('GET /orders'), route('GET /')]
  const { url, events } = await startApi({ api: { stageName: 'prod', routes } })
  const { origin } = new URL(url)
  expect(url).toBe(`${origin}/prod`)
  expect((await fetch(`${url}/orders`)).status).toBe(200)
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(`${origin}/orders`)).status).toBe(404)
  expect((await fetch(`${origin}/production/orders`)).status).toBe(404)
  expect(events.map(({ rawPath, routeKey }) => [rawPath, routeKey])).toEqual([
    ['/prod/orders', 'GET /orders'],
    ['/prod', 'GET /'],
  ])
})

test('a body above 10 MB is refused, whether or not its length is announced', async () => {
  const { url, events } = await startApi({})
  const big = Buffer.alloc(10 * 1024 * 1024 + 1)
  const announced = await fetch(url, { method: 'POST', body: big })
  expect(announced.status).toBe(413)
  expect(await announced.json()).toEqual({ message: 'Request Entity Too Large' })
  const body = new Blob([big]).stream()
  const chunked = await fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit)
  expect(chunked.status).toBe(413)
  expect(events).toEqual([])
})
