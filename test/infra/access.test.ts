/** Who may call which route: in the template, at the local gateway, and in the function behind a gateway that lets everybody in. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import businessRoutes from '../../app/routes.ts'
import type { Authorization } from '../../functions/api/access.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { openApi } from '../../functions/api/openapi.ts'
import { router } from '../../functions/api/router.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { type ApiEvent, FUNCTION_NAME, startApi } from '../../local/test/support/http-api.ts'
import { startIssuer, token } from '../../local/test/support/issuer.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'
import { StageTemplate } from './support/template.ts'

const scopes = { viewer: 'outbox/read', operator: 'outbox/operate' }
const jwt = {
  authorization: 'jwt',
  jwtIssuer: 'https://issuer.example.com',
  jwtAudience: 'shop',
  viewerScope: scopes.viewer,
  operatorScope: scopes.operator,
}
const template = new StageTemplate('prod', { ...jwt })

/** Written down a second time: a route that opens to more callers must say so here too. */
const open = {
  caller: [
    'GET /health',
    'GET /openapi.json',
    'GET /orders/:id',
    'POST /orders',
    'POST /password-resets',
    'POST /users',
  ],
  viewer: [
    'GET /actions',
    'GET /alarms',
    'GET /batches',
    'GET /batches/:id',
    'GET /batches/:id/jobs',
    'GET /dead-letters',
    'GET /jobs',
    'GET /jobs/:id',
    'GET /lanes',
    'GET /metrics',
    'GET /probes/:key',
    'GET /reports/:id',
    'GET /schedules',
    'GET /stats',
    'GET /usage',
    'GET /users',
    'GET /users/:id',
    'GET /users/:id/audit',
    'GET /users/:id/statements/:month',
    'GET /webhooks',
  ],
  operator: [
    'DELETE /webhooks/:id',
    'POST /batches',
    'POST /batches/:id/jobs',
    'POST /batches/:id/seal',
    'POST /dead-letters/redrive',
    'POST /job-batches',
    'POST /jobs',
    'POST /jobs/:id/cancel',
    'POST /jobs/:id/replay',
    'POST /lanes/:name/pause',
    'POST /lanes/:name/resume',
    'POST /reconcile',
    'POST /statements',
    'POST /webhooks',
    'POST /webhooks/:id/secret',
  ],
} as const

const registry = routesOf(businessRoutes, { probes: true })
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

/** The routes as they are, but that they read nothing and do nothing. */
const reached = registry.map(({ method, path, access }) => ({
  ...{ method, path, access, summary: '', success: { status: 200 } as const },
  handle: () => ({ status: 200, body: 'reached' }),
}))

function resolveWith(authorization: Authorization) {
  const deps = { clock: simClock(), ids: simIds(), authorization } as unknown as ApiDeps
  return router(reached, deps, (fault) => {
    throw fault
  })
}

const callers = {
  customer: 'openid profile',
  viewer: `openid ${scopes.viewer}`,
  operator: scopes.operator,
  // Neither the beginning of a scope, nor another case, nor a list without spaces is the scope.
  impostor: 'outbox outbox/ outbox/reader OUTBOX/READ outbox/operate,outbox/read',
}
type Caller = keyof typeof callers

/** Statuses of the four, by what the list above says. */
const expected: Readonly<Record<keyof typeof open, Readonly<Record<Caller, number>>>> = {
  caller: { customer: 200, viewer: 200, operator: 200, impostor: 200 },
  viewer: { customer: 403, viewer: 200, operator: 200, impostor: 403 },
  operator: { customer: 403, viewer: 403, operator: 200, impostor: 403 },
}

/** Asks each route as each caller. */
async function answers(ask: (method: string, path: string, scope: string) => Promise<number>, end = '') {
  const found: Record<string, Record<string, number>> = {}
  for (const route of registry) {
    const path = route.path.replace(/:\w+/g, 'x') + end
    const statuses = Object.entries(callers).map(
      async ([name, scope]) => [name, await ask(route.method, path, scope)] as const,
    )
    found[nameOf(route)] = Object.fromEntries(await Promise.all(statuses))
  }
  return found
}

const wanted = Object.fromEntries(
  Object.entries(open).flatMap(([level, names]) => names.map((name) => [name, expected[level as keyof typeof open]])),
)

test('every route of the registry says who may call it, as this list does', () => {
  const found = Object.groupBy(registry, ({ access }) => access)
  for (const [level, names] of Object.entries(open))
    expect((found[level as keyof typeof open] ?? []).map(nameOf).sort(), level).toEqual([...names].sort())
})

/** The API of the template on this machine, with the function behind it. Its routes may be changed before. */
async function deployed(change: (route: GatewayRoute) => GatewayRoute = (same) => same) {
  const { issuer } = await startIssuer()
  const routes = template.ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) =>
    change({
      key: Properties.RouteKey,
      functionName: FUNCTION_NAME,
      authorization: Properties.AuthorizationType,
      authorizer: { issuer, audience: ['shop'], scopes: Properties.AuthorizationScopes ?? [] },
    }),
  )
  const resolve = resolveWith({ type: 'jwt', scopes })
  const reply = (event: ApiEvent) => resolve(event as unknown as APIGatewayProxyEventV2)
  const { url } = await startApi({ api: { routes }, reply })
  const ask = async (method: string, path: string, scope: string) => {
    const authorization = token({ iss: issuer, aud: 'shop', exp: 4e9, sub: 'u', scope })
    return fetch(url + path, { method, headers: { authorization } })
  }
  return { url, ask, status: async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status }
}
type GatewayRoute = NonNullable<Parameters<typeof startApi>[0]['api']>['routes'] extends
  | readonly (infer R)[]
  | undefined
  ? R
  : never

describe('with tokens', () => {
  test('the gateway and the function let in the callers of the list, and nobody else', async () => {
    const { url, status } = await deployed()
    expect(await answers(status)).toEqual(wanted)
    for (const { method, path } of registry)
      expect((await fetch(url + path.replace(/:\w+/g, 'x'), { method })).status, path).toBe(401)
  })

  test('a slash at the end, which another route of the gateway matches, opens nothing', async () => {
    const { status } = await deployed()
    expect(await answers(status, '/')).toEqual(wanted)
  })

  test('the function alone refuses the same callers, with one line that says what is missing', async () => {
    const { ask, status } = await deployed(({ authorizer, ...route }) => ({
      ...route,
      authorizer: authorizer && { ...authorizer, scopes: [] },
    }))
    expect(await answers(status)).toEqual(wanted)
    const refused = await ask('POST', '/jobs/x/cancel', callers.viewer)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({
      title: 'Forbidden',
      status: 403,
      detail: 'POST /jobs/:id/cancel needs a token with the scope outbox/operate; this token does not have it.',
    })
  })

  test('the function refuses every request that the gateway let in without an authorizer', async () => {
    const { ask, status } = await deployed((route) => ({ ...route, authorization: 'NONE' }))
    const all = await answers(status)
    for (const [name, statuses] of Object.entries(all))
      expect(new Set(Object.values(statuses)), name).toEqual(new Set([403]))
    const { detail } = (await (await ask('GET', '/jobs', callers.operator)).json()) as { detail: string }
    expect(detail).toContain('has not verified who calls')
  })

  test('the gateway has a route with scopes for each route of the outbox that needs one', () => {
    const found = template
      .ofType('AWS::ApiGatewayV2::Route')
      .flatMap(({ Properties }) =>
        Properties.AuthorizationScopes ? [[Properties.RouteKey, Properties.AuthorizationScopes] as const] : [],
      )
    const own = routesOf([], { probes: false })
    const gatewayName = (route: (typeof own)[number]) => nameOf(route).replace(/:(\w+)/g, '{$1}')
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries([
        ...own
          .filter(({ access }) => access === 'viewer')
          .map((route) => [gatewayName(route), [scopes.viewer, scopes.operator]]),
        ...own.filter(({ access }) => access === 'operator').map((route) => [gatewayName(route), [scopes.operator]]),
      ]),
    )
  })

  test('the function gets the scopes of the stage', () => {
    const { Variables } = template.named('AWS::Lambda::Function', 'api').Properties.Environment
    expect([Variables.AUTHORIZATION, JSON.parse(Variables.SCOPES)]).toEqual(['jwt', scopes])
  })
})

/** The function behind an authorizer of another kind. */
async function behind(authorizer: object | undefined, authorization: Authorization) {
  const resolve = resolveWith(authorization)
  return answers(async (method, rawPath) => {
    const event = { rawPath, headers: {}, requestContext: { http: { method }, authorizer } }
    return (await resolve(event as unknown as APIGatewayProxyEventV2)).statusCode ?? 0
  })
}

describe('without tokens of the stage', () => {
  const all = (status: number) =>
    Object.fromEntries(
      Object.keys(wanted).map((name) => [name, Object.fromEntries(Object.keys(callers).map((who) => [who, status]))]),
    )

  test('IAM decides before the function, which asks nothing more', async () => {
    expect(await behind({ iam: { userArn: 'arn:aws:iam::1:role/x' } }, { type: 'iam' })).toEqual(all(200))
  })

  test('a stage on one machine is open', async () => {
    expect(await behind(undefined, { type: 'none' })).toEqual(all(200))
  })

  test.each([
    ['no authorizer', undefined],
    ['an empty authorizer', {}],
    ['a Lambda authorizer without a context', { lambda: null }],
  ])('a stage in an account refuses everything behind %s', async (_, authorizer) => {
    expect(await behind(authorizer, { type: 'iam' })).toEqual(all(403))
  })

  const only = (level: Caller) =>
    Object.fromEntries(
      Object.entries(wanted).map(([name, statuses]) => [
        name,
        Object.fromEntries(Object.keys(callers).map((who) => [who, statuses[level]])),
      ]),
    )

  test.each([
    ['a Lambda authorizer that names a scope', { lambda: { scope: `x ${scopes.viewer}` } }, 'viewer'],
    ['a Lambda authorizer that names none', { lambda: { principal: 'p' } }, 'customer'],
    ['a token with a list of scopes', { jwt: { claims: { scp: `[x ${scopes.operator}]` } } }, 'operator'],
    ['a token without scopes', { jwt: { claims: {} } }, 'customer'],
    ['a token without claims', { jwt: {} }, 'customer'],
  ] as const)('%s lets in who has the scope', async (_, authorizer, level) => {
    expect(await behind(authorizer, { type: 'iam', scopes })).toEqual(only(level))
  })

  test('a stage without scopes is closed to tokens, but for what is open to every caller', async () => {
    const found = await behind({ jwt: { claims: { scope: 'outbox/operate' } } }, { type: 'iam' })
    expect(found).toEqual(only('customer'))
  })
})

describe('the OpenAPI document', () => {
  type Operation = { readonly security?: object[]; readonly responses: object }
  const documentOf = (authorization: Authorization) =>
    openApi(registry, authorization) as unknown as {
      readonly paths: Record<string, Record<string, Operation>>
      readonly components: { readonly securitySchemes?: object }
    }

  test('names the scopes of each route, each as an alternative', () => {
    const { paths, components } = documentOf({ type: 'jwt', scopes })
    expect(components.securitySchemes).toEqual({ token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } })
    const security = (path: string, method: string) => paths[path]?.[method]?.security
    expect(security('/orders', 'post')).toEqual([{ token: [] }])
    expect(security('/jobs', 'get')).toEqual([{ token: [scopes.viewer] }, { token: [scopes.operator] }])
    expect(security('/jobs/{id}/replay', 'post')).toEqual([{ token: [scopes.operator] }])
    expect(paths['/jobs']?.get?.responses).toMatchObject({ 401: {}, 403: {} })
  })

  test('names the signature where IAM authorizes, and nothing on one machine', () => {
    const signed = documentOf({ type: 'iam' })
    expect(signed.paths['/jobs']?.get?.security).toEqual([{ signature: [] }])
    expect(signed.components.securitySchemes).toMatchObject({ signature: { in: 'header', name: 'Authorization' } })
    const local = documentOf({ type: 'none' })
    expect([local.components.securitySchemes, local.paths['/jobs']?.get?.security]).toEqual([undefined, undefined])
  })
})
