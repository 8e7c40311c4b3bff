/** A stage behind a REST API does what one behind an HTTP API does: `API_TYPE=rest npm run test:e2e` runs the whole suite so. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apiAt, type Problem } from './support/api.ts'
import { jobIs, type Probe, postBatch, postJob, probeJob } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'
import { address, unique } from './support/names.ts'
import { jobOf, newOrder, type Order } from './support/orders.ts'
import { type OwnStack, ownStack } from './support/own-stack.ts'

let own: OwnStack
let api: Api
let awsUrl: string

beforeAll(async () => {
  own = await ownStack({ context: { apiType: 'rest' } })
  const stack = await own.start()
  api = apiAt(stack.apiUrl)
  awsUrl = stack.awsUrl
})
afterAll(() => own[Symbol.asyncDispose]())

test('its URL ends in the name of the stage, and the API answers below it', async () => {
  expect(new URL(api.url).pathname).toBe('/local')
  expect((await api.get('/health')).status).toBe(200)
})

test('an order is written once with its jobs, whatever is repeated, and its receipt is sent', async () => {
  const order = newOrder(address())
  const key = { 'Idempotency-Key': unique('key') }
  const first = await api.post<Order>('/orders', order, key)
  expect(first.status).toBe(201)
  expect(first.headers.get('location')).toBe(`/orders/${first.body.id}`)
  const again = await api.post<Order>('/orders', order, key)
  expect([again.status, again.headers.get('idempotency-replayed'), again.body.id]).toEqual([201, 'true', first.body.id])
  await jobIs(jobOf(first.body, 'send-receipt'), 'succeeded', {}, api)
  expect(await mailsTo(order.email, awsUrl)).toHaveLength(1)
})

test('the id of a grouped job, which has characters that a path encodes, finds it', async () => {
  const key = unique('g')
  const [id = ''] = await postBatch([probeJob({ key, label: 'a' }, { lane: 'ordered', group: 'a@b:c+d=e' })], api)
  expect((await jobIs(id, 'succeeded', {}, api)).id).toBe(id)
  expect((await api.get<Probe>(`/probes/${key}`)).body).toEqual({ key, count: 1, labels: ['a'] })
})

test('a query is read', async () => {
  await postJob(probeJob({ key: unique('q') }), api)
  expect((await api.get('/jobs?status=dead&limit=1')).status).toBe(200)
  expect((await api.get<Problem>('/jobs?status=lost')).body.errors?.[0]?.path).toBe('status')
})

describe('what the caller sent wrong is said as behind an HTTP API', () => {
  test.each([
    ['malformed JSON', '{', { 'content-type': 'application/json' }, 400],
    ['another content type', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [
      'a body over 256 KiB',
      JSON.stringify({ pad: 'x'.repeat(257 * 1024) }),
      { 'content-type': 'application/json' },
      413,
    ],
    ['a body that does not fit', '{}', { 'content-type': 'application/json' }, 422],
  ])('%s', async (_, body, headers, status) => {
    const answer = await api.call<Problem>('POST', '/orders', body, headers)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ status })
  })

  test('an unknown path and a wrong method', async () => {
    expect((await api.get<Problem>('/nothing')).status).toBe(404)
    expect((await api.call('DELETE', '/orders')).status).toBe(405)
  })
})
