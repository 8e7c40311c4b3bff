/** Requests of somebody who means harm: refused or harmless, never a 500, and nothing of them where it does not belong. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import application from '../../app/application.ts'
import businessRoutes from '../../app/routes.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import { router } from '../../functions/api/router.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { ids } from '../../functions/aws/ids.ts'
import { registryOf } from '../../shared/define/application.ts'
import { fakeServices, memoryRecords } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simClock } from '../support/sim-clock.ts'

interface Ask {
  readonly method?: string
  readonly path?: string
  readonly body?: string
  readonly base64?: boolean
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole API on tables in memory. */
function api() {
  const clock = simClock()
  const store = memoryStore(clock)
  const faults: unknown[] = []
  const deps = {
    ...{ store, clock, ids, registry: registryOf(application, { probes: true }), schedules: application.schedules },
    ...{ jobOwners: application.jobOwners, links: () => ({}) },
    ...{ records: memoryRecords(store), secrets: fakeServices(store).secrets, addressProblem: () => undefined },
    ...{ outboxLifetime: 1, count: () => {} },
    authorization: { type: 'none' },
    logAction: () => {},
  } as unknown as ApiDeps
  const resolve = router(routesOf(businessRoutes, { probes: true }), deps, (fault) => faults.push(fault))
  const ask = async ({ method = 'POST', path = '/jobs', body, base64 = false, query = '', headers = {} }: Ask) => {
    const event = {
      ...{ version: '2.0', routeKey: 'ANY /{proxy+}' },
      rawPath: path,
      rawQueryString: query,
      headers: { 'content-type': 'application/json', ...headers },
      queryStringParameters: query ? Object.fromEntries(new URLSearchParams(query)) : undefined,
      requestContext: { http: { method, path }, stage: '$default', domainName: 'localhost' },
      isBase64Encoded: base64,
      body,
    } as unknown as APIGatewayProxyEventV2
    const answer = await resolve(event)
    expect(faults).toEqual([])
    for (const [name, value] of Object.entries(answer.headers ?? {})) expect(`${name}: ${value}`).not.toMatch(/[\r\n]/)
    return { status: answer.statusCode, body: JSON.parse(answer.body ?? 'null'), headers: answer.headers ?? {} }
  }
  return { store, ask }
}

const job = (payload: string, more = '') => `{"type":"probe","payload":${payload}${more}}`

describe('names that every object has', () => {
  const untouched = () => {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  }

  it.each([
    '{"key":"k","__proto__":{"polluted":true}}',
    '{"key":"k","constructor":{"prototype":{"polluted":true}}}',
    '{"key":"k","a":[{"__proto__":{"polluted":true}}]}',
  ])('in a payload are data: %s', async (payload) => {
    const { ask, store } = api()
    expect((await ask({ body: job(payload) })).status).toBe(202)
    const [item] = store.items('outbox')
    expect(item?.payload).toBe(payload)
    const view = await ask({ method: 'GET', path: `/jobs/${item?.id}` })
    expect(view.status).toBe(200)
    untouched()
  })

  it.each([
    '{"__proto__":{"type":"probe","payload":{"key":"k"}}}',
    '{"type":"probe","__proto__":{"payload":{"key":"k"}}}',
    job('{"__proto__":{"key":"k"}}'),
    job('{"key":"k"}', ',"__proto__":{"lane":"urgent"}'),
    job('{"key":"k"}', ',"constructor":1'),
    job('{"key":"k"}', ',"lane":"__proto__"'),
    job('{"key":"k"}', ',"lane":"constructor"'),
    '{"type":"__proto__","payload":{}}',
    '{"type":"constructor","payload":{}}',
    '{"type":"toString","payload":{}}',
  ])('do not pass for what is missing: %s', async (body) => {
    const { ask, store } = api()
    expect((await ask({ body })).status).toBe(422)
    expect(store.items('outbox')).toEqual([])
    untouched()
  })

  it.each(['__proto__=1', 'constructor=1', 'toString=1'])('are no parameters: ?%s', async (query) => {
    for (const path of ['/jobs', '/users', '/dead-letters', '/webhooks'])
      expect((await api().ask({ method: 'GET', path, query })).status).toBe(422)
  })

  it.each(['__proto__', 'constructor', 'toString'])('are no ids and no lanes: %s', async (name) => {
    for (const path of [`/jobs/${name}`, `/orders/${name}`, `/users/${name}`])
      expect((await api().ask({ method: 'GET', path })).status).toBe(404)
    expect((await api().ask({ path: `/lanes/${name}/pause` })).status).toBe(404)
  })

  it('do not make two bodies one under an Idempotency-Key', async () => {
    const { ask } = api()
    const headers = { 'idempotency-key': 'k1' }
    expect((await ask({ body: job('{"key":"k","__proto__":{"a":1}}'), headers })).status).toBe(202)
    expect((await ask({ body: job('{"key":"k","__proto__":{"a":2}}'), headers })).status).toBe(422)
  })
})

describe('line breaks', () => {
  const evil = 'x\r\nset-cookie: a=b'

  it('in an id reach no header', async () => {
    for (const path of [`/jobs/${evil}`, `/orders/${evil}`, `/users/${evil}`])
      expect((await api().ask({ method: 'GET', path })).status).toBe(404)
  })

  it('in an Idempotency-Key are refused, in a trace dropped, in a group and a tenant refused', async () => {
    const { ask, store } = api()
    expect((await ask({ body: job('{"key":"k"}'), headers: { 'idempotency-key': evil } })).status).toBe(400)
    const traced = await ask({
      body: job('{"key":"k"}'),
      headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\n` },
    })
    expect(traced.status).toBe(202)
    expect(store.items('outbox')[0]).not.toHaveProperty('traceparent')
    for (const more of [{ lane: 'ordered', group: evil }, { tenant: evil }, { lane: evil }])
      expect((await ask({ body: JSON.stringify({ type: 'probe', payload: { key: 'k' }, ...more }) })).status).toBe(422)
  })

  it('in an address of a webhook go with its parsing, and reach no header either', async () => {
    const { ask, store } = api()
    const { status } = await ask({
      path: '/webhooks',
      body: JSON.stringify({ url: `https://hooks.example.com/\r\nx: y`, events: ['order.created'] }),
    })
    if (status === 201) expect(new URL(String(store.items('records')[0]?.url)).href).not.toMatch(/[\r\n]/)
    else expect(status).toBe(422)
  })
})

describe('bodies without measure', () => {
  it('are refused by their bytes, also when they come as base64', async () => {
    const body = job(JSON.stringify({ key: 'k', padding: 'x'.repeat(256 * 1024) }))
    expect((await api().ask({ body })).status).toBe(413)
    expect((await api().ask({ body: Buffer.from(body).toString('base64'), base64: true })).status).toBe(413)
    const umlauts = job(JSON.stringify({ key: 'k', padding: 'ü'.repeat(130 * 1024) }))
    expect((await api().ask({ body: umlauts })).status).toBe(413)
  })

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('are refused by their depth: %s', async (_, open, close) => {
    for (const depth of [102, 20_000]) {
      const { ask, store } = api()
      const inner = open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth)
      expect((await ask({ body: job(`{"key":"k","a":${inner}}`) })).status).toBe(422)
      expect(store.items('outbox')).toEqual([])
    }
  })
})
