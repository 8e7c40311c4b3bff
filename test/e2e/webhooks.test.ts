/** Every order of every file is delivered to these receivers: each test looks for its own. */
import { expect, test } from 'vitest'
import { api } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { jobIs } from './support/jobs.ts'
import { jobOf, placeOrder } from './support/orders.ts'
import { type Delivery, isSigned, type Receiver, receiver } from './support/receiver.ts'

interface Webhook {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
  readonly secret: string
}

/** A webhook for as long as its scope; afterwards nothing is delivered to it any more. */
async function register(url: string): Promise<Webhook & AsyncDisposable> {
  const { status, body } = await api.post<Webhook>('/webhooks', { url, events: ['order.created'] })
  if (status !== 201) throw new Error(`POST /webhooks answered ${status}: ${JSON.stringify(body)}`)
  return { ...body, [Symbol.asyncDispose]: async () => void (await api.delete(`/webhooks/${body.id}`)) }
}

const about = (order: string, { deliveries }: Receiver) =>
  deliveries.filter(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id === order)

/** Waits until the receiver got some posts about an order. */
function told(of: string, by: Receiver, times: number): Promise<Delivery[]> {
  return eventually(
    `${times} posts about order ${of}`,
    async () => about(of, by),
    (posts) => posts.length >= times,
  )
}

test('a webhook is told of an order by a signed post', async () => {
  await using shop = await receiver()
  await using hook = await register(shop.url)
  const order = await placeOrder()
  const [post] = (await told(order.id, shop, 1)) as [Delivery]
  expect(isSigned(post, hook.secret)).toBe(true)
  expect(isSigned({ ...post, body: `${post.body} ` }, hook.secret)).toBe(false)
  expect(Math.abs(Date.now() / 1000 - Number(post.headers['webhook-timestamp']))).toBeLessThan(60)
  expect(post.headers['content-type']).toBe('application/json')
  expect(JSON.parse(post.body)).toEqual({
    type: 'order.created',
    timestamp: order.createdAt,
    data: { id: order.id, total: order.total, currency: order.currency },
  })
})

test('a webhook whose secret is rotated is told with both signatures, and without an overlap with the new one alone', async () => {
  await using shop = await receiver()
  await using hook = await register(shop.url)
  const rotate = async (overlapHours: number) =>
    (await api.post<{ secret: string }>(`/webhooks/${hook.id}/secret`, { overlapHours })).body.secret
  const signedWith = async (...secrets: readonly string[]) => {
    const [post] = (await told((await placeOrder()).id, shop, 1)) as [Delivery]
    return secrets.map((secret) => isSigned(post, secret))
  }
  const second = await rotate(1)
  expect(await signedWith(hook.secret, second)).toEqual([true, true])
  const third = await rotate(0)
  expect(await signedWith(hook.secret, second, third)).toEqual([false, false, true])
})

test('a webhook that fails twice is told again, with the same id, and its answers are in the job', async () => {
  let failures = 0
  await using shop = await receiver(() => {
    failures++
    return failures <= 2 ? { status: 500, text: `out of tea (${failures})` } : undefined
  })
  await using hook = await register(shop.url)
  const order = await placeOrder()
  const jobs = () => Map.groupBy(shop.deliveries, ({ headers }) => headers['webhook-id'] ?? '')
  const [id = ''] = await eventually(
    'a delivery was repeated',
    async () => [...jobs()].find(([, posts]) => posts.length >= 2) ?? [''],
    ([found]) => found !== '',
  )
  const job = await jobIs(id, 'succeeded')
  expect(job.attempts).toBeGreaterThan(1)
  expect(job.lastError).toMatch(/127\.0\.0\.1:\d+ answered 500: out of tea \(\d\)/)
  const posts = jobs().get(id) ?? []
  expect(new Set(posts.map(({ body }) => body)).size).toBe(1)
  expect(posts.every((post) => isSigned(post, hook.secret))).toBe(true)
  await told(order.id, shop, 1)
})

test('a webhook that is gone for good (410) is not tried again', async () => {
  await using shop = await receiver(() => ({ status: 410, text: 'moved out' }))
  await using _ = await register(shop.url)
  const order = await placeOrder()
  const [post] = (await told(order.id, shop, 1)) as [Delivery]
  const job = await jobIs(post.headers['webhook-id'] ?? '', 'dead')
  expect(job).toMatchObject({
    lane: 'bulk',
    attempts: 1,
    lastError: expect.stringContaining('answered 410: moved out'),
  })
})

test('every webhook is told on its own: one that fails does not hold up another', async () => {
  await using good = await receiver()
  await using bad = await receiver(() => ({ status: 503, text: 'closed' }))
  await using _good = await register(good.url)
  await using _bad = await register(bad.url)
  const order = await placeOrder()
  await told(order.id, good, 1)
  const [refused] = (await told(order.id, bad, 1)) as [Delivery]
  await jobIs(refused.headers['webhook-id'] ?? '', ['retrying', 'running'])
})

test('a secret is shown once, and webhooks are listed without theirs', async () => {
  await using shop = await receiver()
  await using hook = await register(shop.url)
  expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/=]{32,}$/)
  const { body } = await api.get<{ webhooks: Webhook[] }>('/webhooks?limit=100')
  const listed = body.webhooks.find(({ id }) => id === hook.id)
  expect(listed).toEqual({ id: hook.id, url: shop.url, events: ['order.created'], createdAt: expect.any(String) })
})

test('a webhook that was deleted is told no more', async () => {
  await using gone = await receiver()
  await using stays = await receiver()
  const { id } = await register(gone.url)
  await using _ = await register(stays.url)
  expect((await api.delete(`/webhooks/${id}`)).status).toBe(204)
  expect((await api.delete(`/webhooks/${id}`)).status).toBe(404)
  const order = await placeOrder()
  await jobIs(jobOf(order, 'publish-event'), 'succeeded')
  await told(order.id, stays, 1)
  expect(about(order.id, gone)).toEqual([])
})
