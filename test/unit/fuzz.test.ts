/** The fuzzer itself: it comes to the places where it should look, and sees what is wrong there. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import routes from '../../app/routes.ts'
import { openApi } from '../../functions/api/openapi.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { createCheck } from '../harness/fuzz/check.ts'
import { operationsOf } from '../harness/fuzz/document.ts'
import { requestFor } from '../harness/fuzz/requests.ts'

const document = openApi(routesOf(routes, { probes: true }), { type: 'none' })
const operations = operationsOf(document as unknown as Parameters<typeof operationsOf>[0])
const of = (method: string, path: string) =>
  operations.find((one) => one.method === method && one.path === path) as (typeof operations)[number]

it('sends good bodies and bad ones, with good keys and bad ones, in every combination', () => {
  const orders = of('POST', '/orders')
  const schema = z.fromJSONSchema(orders.body as Parameters<typeof z.fromJSONSchema>[0])
  const fits = (body = '') => {
    try {
      return schema.safeParse(JSON.parse(body)).success
    } catch {
      return false
    }
  }
  const words = { types: ['probe'], lanes: ['default'] }
  const sent = fc.sample(requestFor(orders, 'fz-', words), { numRuns: 300, seed: 1 })
  const kinds = sent.map(({ body, headers }) => {
    const key = headers['idempotency-key']
    return `${fits(body) ? 'good' : 'bad'} body, ${key === undefined ? 'no' : /^[\x20-\x7e]{1,255}$/.test(key) ? 'good' : 'bad'} key`
  })
  const counts = new Map([...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]))
  for (const body of ['good', 'bad'])
    for (const key of ['no', 'good', 'bad'])
      expect(counts.get(`${body} body, ${key} key`), `${body}, ${key}`).toBeGreaterThan(0)
})

const json = 'application/json'
const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'There is none.' }
const answer = (status: number, body: unknown, type = status < 400 ? json : 'application/problem+json') => ({
  status,
  type,
  text: typeof body === 'string' ? body : JSON.stringify(body),
})

it.each([
  ['a 5xx', answer(503, problem), 'answered 503'],
  ['what is not JSON', answer(200, '<html>'), 'answered 200'],
  ['an undocumented status', answer(409, { ...problem, status: 409 }), 'not documented'],
  ['a body that does not fit', answer(200, { status: 'well' }), 'does not fit'],
  ['an error of another kind', answer(400, { ...problem, status: 400 }, json), 'not as application/problem+json'],
  ['a problem about another status', answer(400, problem), 'says 404'],
  ['a stack trace', answer(400, { ...problem, status: 400, detail: 'x\n    at f (a.ts:1)' }), 'stack trace'],
])('sees %s', (_, given, wrong) => {
  expect(createCheck()(operations, of('GET', '/health'), 'GET', given)).toContain(wrong)
})

it('finds nothing wrong with what is documented', () => {
  const check = createCheck()
  expect(check(operations, of('GET', '/health'), 'GET', answer(200, { status: 'ok' }))).toBeUndefined()
  expect(check(operations, of('GET', '/orders/{id}'), 'GET', answer(404, problem))).toBeUndefined()
})
