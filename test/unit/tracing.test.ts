/** The spans of messages, attempts and outside calls, as an exporter in this process gets them. */
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tracing as off } from '../../functions/aws/tracing/off.ts'
import { tracedConsumer } from '../../functions/aws/tracing/on/consumer.ts'
import { tracedRequest } from '../../functions/aws/tracing/on/request.ts'
import { tracedSender } from '../../functions/aws/tracing/on/sender.ts'
import type { Post } from '../../shared/define/services.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import type { LaneSender, Outgoing } from '../../shared/lib/ports.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { encodeMessage } from '../../shared/outbox/message.ts'

const exporter = new InMemorySpanExporter()
beforeEach(() => {
  exporter.reset()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  vi.stubEnv('MAIL_SENDER', 'shop@example.com')
})
// The files of this project share their modules.
afterEach(() => {
  trace.disable()
  context.disable()
  vi.unstubAllEnvs()
})

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const caller = `00-${traceId}-00f067aa0ba902b7-01`
const envelope: Envelope = {
  ...{
    v: 1,
    id: '00000000-0000-7000-8000-000000000001',
    type: 'work',
    version: 1,
    payload: { text: 'a\uFFFEb', n: 1.5 },
  },
  ...{ lane: 'default', hops: 0, createdAt: '2026-01-01T00:00:00.000Z', traceparent: caller },
}
const queues = new Map([['default', { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/Shop-default' }]])
const spans = () =>
  exporter.getFinishedSpans().map((span) => {
    const { name, status, attributes, parentSpanContext } = span
    const { traceId, spanId } = span.spanContext()
    const error = status.code === SpanStatusCode.ERROR ? (status.message ?? '') : undefined
    return { name, attributes, error, parent: parentSpanContext?.spanId, traceparent: `00-${traceId}-${spanId}-01` }
  })
const idOf = (traceparent = '') => traceparent.split('-')[2]

describe('a message', () => {
  const sendOne = async (answer: LaneSender['send'], sent = envelope) => {
    const bodies: Outgoing[] = []
    const sender = tracedSender(
      {
        send(lane, messages) {
          bodies.push(...messages)
          return answer(lane, messages)
        },
      },
      queues,
    )
    const result = await sender.send('default', [{ body: encodeMessage(sent), delaySeconds: 3 }]).catch(String)
    return { result, message: bodies[0], sent: JSON.parse(bodies[0]?.body ?? '') as Envelope }
  }

  it('carries the trace context of its send, and is otherwise what it was', async () => {
    const { result, message, sent } = await sendOne(async () => [{ kind: 'sent' }])
    const [send] = spans()
    expect(send).toMatchObject({ name: 'send Shop-default', parent: idOf(caller), error: undefined })
    expect([result, message?.delaySeconds]).toEqual([[{ kind: 'sent' }], 3])
    expect(sent).toEqual({ ...envelope, traceparent: send?.traceparent })
    // SQS refuses the character itself.
    expect(message?.body).toContain('\\ufffe')
  })

  it('of a job without a trace begins one', async () => {
    const { traceparent: _, ...without } = envelope
    const { sent } = await sendOne(async () => [{ kind: 'sent' }], without)
    expect(spans()[0]).toMatchObject({ parent: undefined, traceparent: sent.traceparent })
  })

  it('that SQS refuses has the reason in its span', async () => {
    await sendOne(async () => [{ kind: 'failed', reason: 'ServiceUnavailable: later' }])
    expect(spans()[0]).toMatchObject({ error: 'ServiceUnavailable: later', attributes: { 'error.type': 'refused' } })
  })

  it('whose call fails has a span that failed, and the relay gets the error', async () => {
    const { result } = await sendOne(() => Promise.reject(new TypeError('no')))
    expect([result, spans()[0]?.attributes['error.type']]).toEqual(['TypeError: no', 'TypeError'])
  })
})

describe('an attempt', () => {
  const posts: Post[] = []
  const told: string[] = []
  const services = {
    mail: { send: () => Promise.reject(new RangeError('not verified: ada@example.com')) },
    http: {
      post: async (post: Post) => {
        posts.push(post)
        return { status: 503, text: '' }
      },
    },
  }
  const consumer = () =>
    tracedConsumer(
      { services, observe: ({ kind }: { kind: string }) => told.push(kind) } as unknown as ConsumerDeps,
      queues.get('default')?.queueUrl ?? '',
    )
  const attempt = { envelope, attempt: 2, messageId: 'm' }
  const never = new AbortController().signal
  const post = { url: 'https://ada:x@example.com:8443/hook/secret?token=1', headers: { a: 'b' }, body: '{}' }
  beforeEach(() => {
    posts.length = 0
    told.length = 0
  })

  it('has its outcome and its error, and is the parent of what it calls', async () => {
    const { trace: traced, observe, services: outside } = consumer()
    let own: string | undefined
    const outcome = await traced?.(attempt, async (traceparent) => {
      own = traceparent
      await outside.http.post(post, never)
      observe({ kind: 'retrying', job: envelope, attempt: 2, error: 'E: it failed', seconds: 1 })
      return 'return'
    })
    const [call, process] = spans()
    expect([outcome, told]).toEqual(['return', ['retrying']])
    expect(process).toMatchObject({ name: 'process Shop-default', parent: idOf(caller), error: 'E: it failed' })
    expect(process?.attributes).toMatchObject({
      'outbox_relay.job.id': envelope.id,
      'outbox_relay.attempt': 2,
      'outbox_relay.outcome': 'retrying',
      'messaging.message.id': 'm',
    })
    expect(process?.traceparent).toBe(own)
    expect(call).toMatchObject({ name: 'POST', parent: idOf(own), attributes: { 'http.response.status_code': 503 } })
    expect(call?.attributes).toMatchObject({
      'server.address': 'example.com',
      'server.port': 8443,
      'error.type': '503',
    })
    expect(posts[0]?.headers).toEqual({ a: 'b', traceparent: call?.traceparent })
  })

  it('leaves a trace context alone that the job has set itself', async () => {
    const { services: outside } = consumer()
    await outside.http.post({ ...post, headers: { TraceParent: 'mine' } }, never)
    expect(posts[0]?.headers).toEqual({ TraceParent: 'mine' })
  })

  it('names no path, no password and no address of a person in the spans of its calls', async () => {
    const { services: outside } = consumer()
    await outside.http.post(post, never)
    await outside.mail.send({} as never, never).catch(() => {})
    expect(spans()[1]).toMatchObject({ name: 'SES/SendEmail', error: '', attributes: { 'error.type': 'RangeError' } })
    expect(JSON.stringify(spans())).not.toMatch(/secret|token|ada/)
  })

  it('has no span for a mail that a stage without a sender only logs', async () => {
    vi.stubEnv('MAIL_SENDER', '')
    await consumer()
      .services.mail.send({} as never, never)
      .catch(() => {})
    expect(spans()).toEqual([])
  })
})

describe('a request', () => {
  const request = { method: 'POST', route: '/orders/:id', traceparent: caller }

  it('gives its own trace context to its jobs, and has failed from status 500 on', async () => {
    for (const status of [201, 422, 503]) await tracedRequest(request, async () => ({ status }))
    expect(spans().map(({ attributes }) => attributes['error.type'])).toEqual([undefined, undefined, '503'])
    const got = await tracedRequest(request, async (traceparent) => ({ status: 200, traceparent }))
    expect(spans().at(-1)).toMatchObject({
      name: 'POST /orders/:id',
      parent: idOf(caller),
      traceparent: got.traceparent,
    })
  })

  it('that only reads has no span', async () => {
    await tracedRequest({ ...request, method: 'GET' }, async () => ({ status: 200 }))
    expect(spans()).toEqual([])
  })

  it('of a caller that does not sample its trace has no span, and its jobs are not sampled either', async () => {
    const quiet = caller.replace(/01$/, '00')
    const { traceparent } = await tracedRequest({ ...request, traceparent: quiet }, async (traceparent) => ({
      ...{ status: 200, traceparent },
    }))
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
    expect(spans()).toEqual([])
  })
})

describe('without tracing', () => {
  it('everything is what it was, and the trace context of a caller is carried on', async () => {
    const sender = { send: async () => [] }
    const deps = {} as ConsumerDeps
    expect(off.sender(sender, queues)).toBe(sender)
    expect(off.consumer(deps, '')).toBe(deps)
    const request = { method: 'POST', route: '/', traceparent: caller }
    expect(await off.request(request, async (traceparent) => ({ status: 1, traceparent }))).toMatchObject({
      traceparent: caller,
    })
    expect(await off.flush(0)).toBeUndefined()
  })
})
