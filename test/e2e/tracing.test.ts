/** A stage that exports traces: one trace from the request to the mail, by a collector on this machine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CollectedSpan, type Collector, collector } from '../support/otlp-collector.ts'
import { type Api, apiAt } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postJob, probeJob } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'
import { address, unique } from './support/names.ts'
import { jobOf, newOrder, type Order } from './support/orders.ts'
import { type OwnStack, ownStack } from './support/own-stack.ts'
import { receiver } from './support/receiver.ts'

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' }
const sampled = `00-${caller.traceId}-${caller.span}-01`

let spans: Collector
let own: OwnStack
let api: Api
let awsUrl: string

beforeAll(async () => {
  spans = await collector()
  own = await ownStack({ context: { otlpEndpoint: spans.url }, otherCode: true })
  const stack = await own.start()
  api = apiAt(stack.apiUrl)
  awsUrl = stack.awsUrl
})
afterAll(async () => {
  await own?.[Symbol.asyncDispose]()
  await spans?.[Symbol.asyncDispose]()
})

const ofJob = (id: string, kind: CollectedSpan['kind']) =>
  spans.spans.filter((span) => span.kind === kind && span.attributes['outbox_relay.job.id'] === id)
/** Spans come when their invocation ends, after what they tell of is done. */
const spanOf = async (what: string, look: () => CollectedSpan | undefined) => {
  const found = await eventually(
    what,
    async () => look(),
    (span) => span !== undefined,
  )
  return found as CollectedSpan
}
const below = (parent: CollectedSpan | undefined) => spans.spans.filter(({ parent: id }) => id === parent?.id)

describe('the trace of an order', () => {
  test('goes from the caller over request, send and attempt to the mail', async () => {
    const order = newOrder(address())
    const { body } = await api.post<Order>('/orders', order, { traceparent: sampled })
    const receipt = jobOf(body, 'send-receipt')
    await jobIs(receipt, 'succeeded', {}, api)
    const mail = await spanOf('the span of the mail', () => below(ofJob(receipt, 'consumer')[0])[0])
    const [attempt] = ofJob(receipt, 'consumer')
    const [send] = ofJob(receipt, 'producer')
    const request = spans.spans.find(({ id }) => id === send?.parent)

    expect(request).toMatchObject({
      parent: caller.span,
      name: 'POST /orders',
      kind: 'server',
      attributes: { 'http.route': '/orders', 'http.response.status_code': 201 },
      resource: { 'service.name': 'OutboxRelay-local', 'faas.name': 'OutboxRelay-local-api' },
    })
    expect(send).toMatchObject({
      name: 'send OutboxRelay-local-default',
      resource: { 'faas.name': 'OutboxRelay-local-relay' },
    })
    expect(attempt).toMatchObject({
      parent: send?.id,
      name: 'process OutboxRelay-local-default',
      attributes: {
        'outbox_relay.job.type': 'send-receipt',
        'outbox_relay.lane': 'default',
        'outbox_relay.attempt': 1,
        'outbox_relay.outcome': 'succeeded',
      },
      error: undefined,
    })
    expect(mail).toMatchObject({ name: 'SES/SendEmail', kind: 'client' })
    expect(new Set([request, send, attempt, mail].map((span) => span?.traceId))).toEqual(new Set([caller.traceId]))
    expect(JSON.stringify(spans.spans)).not.toContain(order.email)
  })
})

test('an attempt that fails and the one that follows are both on the trace of the send', async () => {
  const id = await postJob(probeJob({ key: unique('retry'), failAttempts: 1 }), api)
  await jobIs(id, 'succeeded', {}, api)
  await spanOf('the span of the second attempt', () => ofJob(id, 'consumer')[1])
  const attempts = ofJob(id, 'consumer')
  const [send] = ofJob(id, 'producer')
  expect(attempts.map(({ parent }) => parent)).toEqual([send?.id, send?.id])
  expect(attempts[0]).toMatchObject({ attributes: { 'outbox_relay.attempt': 1, 'outbox_relay.outcome': 'retrying' } })
  expect(attempts[0]?.error).toMatch(/./)
  expect(attempts[1]).toMatchObject({ attributes: { 'outbox_relay.attempt': 2, 'outbox_relay.outcome': 'succeeded' } })
})

test('a webhook gets the trace, and its span names no more than the host of the receiver', async () => {
  await using hook = await receiver()
  await api.post('/webhooks', { url: `${hook.url}/secret-path`, events: ['order.created'] })
  const { body } = await api.post<Order>('/orders', newOrder(address()))
  await jobIs(jobOf(body, 'publish-event'), 'succeeded', {}, api)
  await eventually(
    'a delivery',
    async () => hook.deliveries.length,
    (count) => count > 0,
  )
  const [, traceId, id] = hook.deliveries[0]?.headers.traceparent?.split('-') ?? []
  const post = await spanOf('the span of the post', () => spans.spans.find((span) => span.id === id))
  expect(post).toMatchObject({
    ...{ name: 'POST', kind: 'client', traceId },
    attributes: { 'server.address': '127.0.0.1', 'http.response.status_code': 204 },
  })
  expect(JSON.stringify(post)).not.toContain('secret-path')
  // The delivery is a job that publish-event caused: it hangs below that attempt.
  const delivered = spans.spans.find((span) => span.id === post.parent)
  const send = spans.spans.find((span) => span.id === delivered?.parent)
  expect(send?.parent).toBe(ofJob(jobOf(body, 'publish-event'), 'consumer')[0]?.id)
})

test('a caller that does not sample its trace gets no spans, and the jobs carry its trace on', async () => {
  const quiet = caller.traceId.replace('4bf9', 'aaaa')
  const receiptOf = async (traceparent: string) => {
    const { body } = await api.post<Order>('/orders', newOrder(address()), { traceparent })
    await jobIs(jobOf(body, 'send-receipt'), 'succeeded', {}, api)
    return jobOf(body, 'send-receipt')
  }
  const receipt = await receiptOf(`00-${quiet}-${caller.span}-00`)
  // Spans of an invocation come before those of the next one.
  const next = await receiptOf(sampled)
  await spanOf('the span of the next attempt', () => ofJob(next, 'consumer')[0])
  expect(await api.get(`/jobs/${receipt}`)).toMatchObject({ body: { traceId: quiet } })
  expect(spans.spans.filter(({ traceId }) => traceId === quiet)).toEqual([])
})

// At the end: the functions leave a collector alone that has failed.
test.each([
  ['does not answer', () => spans.silence()],
  ['does not exist', () => spans[Symbol.asyncDispose]()],
])('a collector that %s costs no job an attempt, and no request more than its time limit', async (_, fail) => {
  await fail()
  const order = newOrder(address())
  const start = Date.now()
  const { status, body } = await api.post<Order>('/orders', order)
  expect([status, Date.now() - start < 5_000]).toEqual([201, true])
  for (const { id } of body.jobs) expect((await jobIs(id, 'succeeded', {}, api)).attempts).toBe(1)
  expect(await mailsTo(order.email, awsUrl)).toHaveLength(1)
})
