import { describe, expect, it } from 'vitest'
import deliverWebhook from '../../app/jobs/deliver-webhook.ts'
import { signatureHeaders, webhookSecret } from '../../app/lib/webhook-signature.ts'
import { webhook } from '../../app/records/webhook.ts'
import { PermanentError } from '../../shared/define/errors.ts'
import { create } from '../../shared/define/record.ts'
import type { PostAnswer } from '../../shared/define/services.ts'
import { contextWith, fakeServices, sealFor, storeWith } from '../support/app-services.ts'

const happened = { event: 'order.created', at: '2026-11-05T10:00:00.000Z', data: { id: 'o1', total: 1230 } } as const
const hook = (id: string) =>
  create(webhook, {
    id,
    url: 'https://hooks.example.com/in?token=hidden',
    events: ['order.created'],
    secret: `${sealFor({ webhook: id })}whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`,
    createdAt: '2026-11-01T00:00:00.000Z',
  })

describe('the signature of a webhook', () => {
  it('is the one of the published example', () => {
    const headers = signatureHeaders(
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1614265330_999),
      '{"test": 2432232314}',
    )
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('has secrets of 32 bytes in the form that libraries expect', () => {
    expect(webhookSecret(new Uint8Array(32))).toBe(`whsec_${Buffer.alloc(32).toString('base64')}`)
  })
})

describe('deliver-webhook', () => {
  const payload = { webhookId: 'w1', ...happened }
  async function deliver(answer: PostAnswer, attempt = 1, now = new Date('2026-11-05T10:00:02.000Z')) {
    const services = fakeServices(await storeWith([hook('w1')]), () => answer)
    const context = contextWith(services, { effectKey: 'the-job', attempt, now })
    return { services, result: (async () => deliverWebhook.run(payload, context))() }
  }
  const failure = async (answer: PostAnswer) => (await deliver(answer)).result.catch((error: Error) => error)

  it('posts the event, signed with the opened secret', async () => {
    const { services, result } = await deliver({ status: 204, text: '' })
    expect(await result).toBeUndefined()
    const body = JSON.stringify({ type: 'order.created', timestamp: happened.at, data: happened.data })
    const signature = signatureHeaders(
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      'the-job',
      new Date('2026-11-05T10:00:02.000Z'),
      body,
    )
    expect(services.posts).toEqual([
      {
        url: 'https://hooks.example.com/in?token=hidden',
        headers: { 'content-type': 'application/json', ...signature },
        body,
      },
    ])
  })

  it('keeps id and body over its tries; time and signature are those of the try', async () => {
    const tryAt = async (attempt: number, time: string) => {
      const { services, result } = await deliver({ status: 200, text: '' }, attempt, new Date(time))
      await result
      return services.posts[0]
    }
    const first = await tryAt(1, '2026-11-05T10:00:02.000Z')
    const second = await tryAt(2, '2026-11-05T11:00:00.000Z')
    expect(first?.headers['webhook-id']).toBe('the-job')
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature'])
  })

  it('fails with what was answered, but without the path and query of the address', async () => {
    const error = await failure({ status: 503, text: `<html>\n\tdown\u0000 for ${'repair '.repeat(100)}` })
    expect(error).toMatchObject({ name: 'Error' })
    const { message } = error as Error
    expect(message).toMatch(/^https:\/\/hooks\.example\.com answered 503: <html> down for repair/)
    expect(message).not.toContain('hidden')
    expect(message.length).toBeLessThanOrEqual('https://hooks.example.com answered 503: '.length + 200)
  })

  it.each([301, 307, 400, 401, 404, 408, 500, 504])('is tried again after %i', async (status) => {
    const error = await failure({ status, text: '' })
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(PermanentError)
  })

  it('gives up at once when the receiver says Gone', async () => {
    const error = await failure({ status: 410, text: 'no more' })
    expect(error).toBeInstanceOf(PermanentError)
    expect((error as Error).message).toContain('answered 410: no more')
  })

  it('has nothing to do when the webhook was deleted', async () => {
    const services = fakeServices()
    expect(await deliverWebhook.run(payload, contextWith(services))).toBeUndefined()
    expect(services.posts).toEqual([])
  })

  it('waits longer than a queue keeps its messages in no case', () => {
    const { baseSeconds, capSeconds } = deliverWebhook.backoff
    const waits = Array.from({ length: deliverWebhook.maxAttempts - 1 }, (_, n) =>
      Math.min(capSeconds, baseSeconds * 2 ** n),
    )
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(4 * 86_400)
  })
})
