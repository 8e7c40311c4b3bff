import { expect, test } from 'vitest'
import type { Role } from '../model.ts'
import { accessKeyId } from '../types.ts'
import { FUNCTION_NAME, route, startApi } from './support/http-api.ts'
import { keys, otherKeys, startIssuer, token } from './support/issuer.ts'
import { signedHeaders, type ToSign } from './support/signed.ts'

const FORBIDDEN = '{"message":"Forbidden"}'
const UNAUTHORIZED = '{"message":"Unauthorized"}'

const iamRoutes = [{ ...route('GET /orders/{id}'), authorization: 'AWS_IAM' as const }]

const role = (actions: string[], resource: string, effect: 'Allow' | 'Deny' = 'Allow'): Role => ({
  logicalId: 'Role',
  name: 'api-function',
  arn: 'arn:aws:iam::000000000000:role/api-function',
  trusts: [],
  statements: [{ effect, actions, resources: [resource], conditions: {} }],
  foreignPolicies: [],
})

type Headers = Readonly<Record<string, string>>

/** The headers of a request to a URL, signed now, or with one part changed. */
function signed(
  accessKeyId: string,
  change: (headers: Headers) => Headers = (same) => same,
  options: Partial<ToSign> = {},
) {
  return async (url: string) => change(await signedHeaders({ url, accessKeyId, ...options }))
}

/** A change of the header `authorization`. */
const authorization = (change: (text: string) => string) => (headers: Headers) => ({
  ...headers,
  authorization: change(headers.authorization ?? ''),
})

async function askIam(
  headersFor: (url: string) => Headers | Promise<Headers>,
  roles: readonly Role[] = [],
  path = '/orders/7',
) {
  const { url, events, lines } = await startApi({ api: { routes: iamRoutes }, roles })
  const response = await fetch(url + path, { headers: await headersFor(url + path) })
  return { status: response.status, body: await response.text(), event: events[0], lines }
}

test('an operator who signs may call a route with IAM authorization, with any secret', async () => {
  const { status, event } = await askIam(signed('AKIAOPERATOR', undefined, { secretAccessKey: 'own' }))
  expect(status).toBe(200)
  expect(event?.requestContext.authorizer).toMatchObject({
    iam: { accessKey: 'AKIAOPERATOR', accountId: '000000000000', userArn: 'arn:aws:iam::000000000000:root' },
  })
})

const tenMinutesAgo = { at: new Date(Date.now() - 600_000) }

test.each([
  ['no signature', () => ({})],
  ['a bearer token', () => ({ authorization: 'Bearer abc' })],
  ['a signature for another service', signed('A', undefined, { service: 'sqs' })],
  [
    'a signature that is none',
    signed(
      'A',
      authorization((text) => text.replace(/Signature=.*/, 'Signature=abc')),
    ),
  ],
  [
    'a signature without the host',
    signed(
      'A',
      authorization((text) => text.replace('host;', '')),
    ),
  ],
  ['a signature of ten minutes ago', signed('A', undefined, tenMinutesAgo)],
  ['a function that is not in the template', signed(accessKeyId({ kind: 'function', functionName: 'other' }))],
])('a request with %s is forbidden', async (_, headers) => {
  const { status, body, event, lines } = await askIam(headers)
  expect([status, body, event]).toEqual([403, FORBIDDEN, undefined])
  expect(lines).toHaveLength(1)
})

const functionKey = accessKeyId({ kind: 'function', functionName: FUNCTION_NAME })
const everything = role(['execute-api:*'], '*')
const signatureOf = (text: string) => /Signature=(.*)/.exec(text)?.[1] ?? ''

test.each([
  [
    'a digit of the signature is another',
    authorization((text) => text.replace(signatureOf(text), (old) => (old.startsWith('0') ? '1' : '0') + old.slice(1))),
    {},
  ],
  ['it was signed with another secret', undefined, { secretAccessKey: 'wrong' }],
  ['it was signed as another method', undefined, { method: 'POST' }],
  ['it was signed with a body', undefined, { body: '{}' }],
  ['its region is another than the signed one', authorization((text) => text.replace('us-east-1', 'eu-west-1')), {}],
  ['a signed header is missing', ({ 'x-amz-content-sha256': _, ...headers }: Headers) => headers, {}],
])('a request of known credentials is forbidden if %s', async (_, change, options) => {
  const { status, body, event, lines } = await askIam(signed(functionKey, change, options), [everything])
  expect([status, body, event]).toEqual([403, FORBIDDEN, undefined])
  expect(lines.join()).toContain('does not fit the request')
})

test.each(['/orders/8', '/orders/7?a=1'])('a signature of another address does not open %s', async (path) => {
  const { url, events } = await startApi({ api: { routes: iamRoutes }, roles: [everything] })
  const headers = await signedHeaders({ url: `${url}/orders/7`, accessKeyId: functionKey })
  expect((await fetch(url + path, { headers })).status).toBe(403)
  expect(events).toEqual([])
})

test.each([
  '/orders/a%3Ab%40c%2Bd%3D~1',
  '/orders/a:b@c+d=~1',
  '/orders/%E1%88%B4%20x',
  '/orders/7?b=2&a=%20%2B&a=1',
  '/orders/7?x=a+b',
])('the signature of %s fits', async (path) => {
  const { status, lines } = await askIam(signed(functionKey), [everything], path)
  expect([status, lines]).toEqual([200, []])
})

const asFunction = signed(functionKey)
const API = 'arn:aws:execute-api:us-east-1:000000000000:api1'

test.each([
  ['grants the route', role(['execute-api:Invoke'], `${API}/*/GET/orders/*`), 200],
  ['grants everything', role(['execute-api:*'], '*'), 200],
  ['grants another method', role(['execute-api:Invoke'], `${API}/*/POST/orders/*`), 403],
  ['grants another action', role(['execute-api:ManageConnections'], '*'), 403],
  ['denies', role(['execute-api:Invoke'], '*', 'Deny'), 403],
])('a function whose role %s', async (_, grants, expected) => {
  const { status, event } = await askIam(asFunction, [grants])
  expect(status).toBe(expected)
  if (expected === 200) {
    expect(event?.requestContext.authorizer).toMatchObject({ iam: { userArn: grants.arn } })
  }
})

const seconds = () => Math.floor(Date.now() / 1000)

async function startJwtApi(issuer: string, scopes: string[] = []) {
  const authorizer = { issuer, audience: ['shop', 'other'], scopes }
  return startApi({ api: { routes: [{ ...route('GET /orders'), authorization: 'JWT', authorizer }] } })
}

test('a good token passes, with or without "Bearer", and the function sees its claims as text', async () => {
  const { issuer } = await startIssuer()
  const { url, events } = await startJwtApi(issuer)
  const good = token({ iss: issuer, aud: 'shop', exp: seconds() + 60, sub: 'u1', admin: true, groups: ['a', 'b'] })
  for (const authorization of [`Bearer ${good}`, good]) {
    expect((await fetch(`${url}/orders`, { headers: { authorization } })).status).toBe(200)
  }
  expect(events[0]?.requestContext.authorizer).toMatchObject({
    jwt: { claims: { sub: 'u1', admin: 'true', groups: '[a b]', iss: issuer }, scopes: null },
  })
})

const good = { aud: ['x', 'shop'], exp: 4e9 }

test.each([
  ['no token', () => '', 401],
  ['what is no token', () => 'Bearer abc.def', 401],
  ['another issuer', () => token({ ...good, iss: 'https://evil.test' }), 401],
  ['another audience', (iss: string) => token({ ...good, iss, aud: 'them' }), 401],
  ['no audience', (iss: string) => token({ iss, exp: 4e9 }), 401],
  ['a client id in place of the audience', (iss: string) => token({ iss, client_id: 'shop', exp: 4e9 }), 200],
  ['an expiry in the past', (iss: string) => token({ ...good, iss, exp: 1 }), 401],
  ['no expiry', (iss: string) => token({ iss, aud: 'shop' }), 401],
  ['a time before which it is not valid', (iss: string) => token({ ...good, iss, nbf: 3.9e9 }), 401],
  ['an unknown key', (iss: string) => token({ ...good, iss }, { kid: 'k2' }), 401],
  ['the signature of another key', (iss: string) => token({ ...good, iss }, {}, otherKeys.privateKey), 401],
  ['the algorithm none', (iss: string) => token({ ...good, iss }, { alg: 'none' }), 401],
  ['an algorithm with a shared secret', (iss: string) => token({ ...good, iss }, { alg: 'HS256' }), 401],
])('a request with %s', async (_, make, status) => {
  const { issuer } = await startIssuer()
  const { url, events } = await startJwtApi(issuer)
  const response = await fetch(`${url}/orders`, { headers: { authorization: make(issuer) } })
  expect(response.status).toBe(status)
  if (status === 200) return
  expect(await response.text()).toBe(UNAUTHORIZED)
  expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
  expect(events).toEqual([])
})

test.each([
  [{ scope: 'orders:write orders:read' }, 200],
  [{ scp: ['orders:read'] }, 200],
  [{ scope: 'orders:write' }, 403],
  [{}, 403],
])('a route with scopes wants one of them: %j', async (claims, status) => {
  const { issuer } = await startIssuer()
  const { url } = await startJwtApi(issuer, ['orders:read', 'admin'])
  const authorization = token({ ...good, iss: issuer, ...claims })
  const response = await fetch(`${url}/orders`, { headers: { authorization } })
  expect(response.status).toBe(status)
  if (status === 403) expect(await response.text()).toBe(FORBIDDEN)
})

test('the keys of an issuer are kept, and read again for a key that is not known', async () => {
  let kid = 'k1'
  const { issuer, asked } = await startIssuer(() => [{ ...keys.publicKey.export({ format: 'jwk' }), kid }])
  const { url } = await startJwtApi(issuer)
  const ask = async (header: object) => {
    const authorization = token({ ...good, iss: issuer }, header)
    return (await fetch(`${url}/orders`, { headers: { authorization } })).status
  }
  expect([await ask({}), await ask({})]).toEqual([200, 200])
  expect(asked).toHaveLength(2)
  kid = 'k2'
  expect(await ask({ kid: 'k2' })).toBe(200)
  expect(asked).toHaveLength(4)
})

test('an issuer that cannot be asked lets nobody in', async () => {
  const { url, lines } = await startJwtApi('http://127.0.0.1:9')
  const authorization = token({ ...good, iss: 'http://127.0.0.1:9' })
  expect((await fetch(`${url}/orders`, { headers: { authorization } })).status).toBe(401)
  expect(lines.join()).toContain('cannot be read')
})
