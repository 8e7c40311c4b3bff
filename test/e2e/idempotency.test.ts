import { describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { jobIs, probe, probeJob } from './support/jobs.ts'
import { mailsTo } from './support/mails.ts'
import { address, unique } from './support/names.ts'
import { jobOf, newOrder, type Order, placeOrder } from './support/orders.ts'
import { isOnThisMachine } from './support/selection.ts'

/** Every POST that creates: two bodies that differ, each made anew for every test. */
const creating: Record<string, () => [object, object]> = {
  '/orders': () => [newOrder(), newOrder()],
  '/users': () => [
    { email: address('user'), fullName: 'Ada' },
    { email: address('user'), fullName: 'Bea' },
  ],
  // Nobody listens there; whoever registers it deletes it again. Elsewhere than on this machine such an address is refused.
  ...(isOnThisMachine(api.url) && {
    '/webhooks': () => [
      { url: `http://127.0.0.1:9/${unique('hook')}`, events: ['order.created'] },
      { url: `http://127.0.0.1:9/${unique('hook')}`, events: ['order.created'] },
    ],
  }),
  '/jobs': () => [probeJob({ key: unique('key') }), probeJob({ key: unique('key') })],
  '/job-batches': () => [{ jobs: [probeJob({ key: unique('key') })] }, { jobs: [probeJob({ key: unique('key') })] }],
  '/password-resets': () => [{ email: address() }, { email: address() }],
}

const withKey = (key: string) => ({ 'idempotency-key': key })

describe.each(Object.entries(creating))('POST %s with an Idempotency-Key', (path, bodies) => {
  test('gives the first answer again to the same body, and says so; another body is refused', async () => {
    const key = withKey(unique('once'))
    const [body, other] = bodies()
    const first = await api.post<{ id?: string }>(path, body, key)
    expect(first.status).toBeLessThan(300)
    expect(first.headers.get('idempotency-replayed')).toBeNull()

    const again = await api.post(path, body, key)
    expect(again).toMatchObject({ status: first.status, body: first.body })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.headers.get('location')).toBe(first.headers.get('location'))

    const misused = await api.post<Problem>(path, other, key)
    expect(misused.status).toBe(422)
    expect(misused.body.errors?.[0]?.path).toBe('Idempotency-Key')
    if (path === '/webhooks') await api.delete(`/webhooks/${first.body.id}`)
  })
})

describe('an Idempotency-Key', () => {
  test('does not bring back the webhook that it registered, once that is deleted', async () => {
    if (!isOnThisMachine(api.url)) return
    const key = withKey(unique('once'))
    const body = { url: `http://127.0.0.1:9/${unique('hook')}`, events: ['order.created'] }
    const { id } = (await api.post<{ id: string }>('/webhooks', body, key)).body
    expect((await api.delete(`/webhooks/${id}`)).status).toBe(204)
    expect(await api.post<Problem>('/webhooks', body, key)).toMatchObject({ status: 410, body: { title: 'Gone' } })
  })

  test('is used up by a job of a group as by one without', async () => {
    const key = withKey(unique('once'))
    const plain = probeJob({ key: unique('key') })
    expect((await api.post('/jobs', plain, key)).status).toBe(202)
    expect((await api.post('/jobs', { ...plain, lane: 'ordered', group: 'g' }, key)).status).toBe(422)
  })

  test('is the same bare and as a quoted string', async () => {
    const key = unique('once')
    const order = newOrder()
    const bare = await api.post<Order>('/orders', order, withKey(key))
    const quoted = await api.post<Order>('/orders', order, withKey(`"${key}"`))
    expect(quoted.body).toEqual(bare.body)
    expect(quoted.headers.get('idempotency-replayed')).toBe('true')
  })

  test('means the same body whatever the order of its fields', async () => {
    const key = withKey(unique('once'))
    const { email, items } = newOrder()
    const first = await api.post<Order>('/orders', { email, items }, key)
    const again = await api.post<Order>('/orders', { items, email }, key)
    expect(again.body).toEqual(first.body)
  })

  test('of one path is not that of another', async () => {
    const key = withKey(unique('once'))
    expect((await api.post('/orders', newOrder(), key)).status).toBe(201)
    const other = await api.post('/users', { email: address('user'), fullName: 'Ada' }, key)
    expect(other.status).toBe(201)
    expect(other.headers.get('idempotency-replayed')).toBeNull()
  })

  test('may have 255 characters', async () => {
    const { status } = await api.post('/orders', newOrder(), withKey(unique('long').padEnd(255, 'x')))
    expect(status).toBe(201)
  })

  test.each([
    ['of 256 characters', 'x'.repeat(256)],
    ['that is empty', ''],
    ['that is an empty quoted string', '""'],
    ['with a letter that is not ASCII', 'schlüssel'],
  ])('%s is 400', async (_, key) => {
    const { status, body } = await api.post<Problem>('/orders', newOrder(), withKey(key))
    expect(status).toBe(400)
    expect(body.detail).toContain('Idempotency-Key')
  })

  test('makes one job of many requests', async () => {
    const key = unique('key')
    const headers = withKey(unique('once'))
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.post<{ id: string }>('/jobs', probeJob({ key }), headers)),
    )
    const ids = new Set(answers.map(({ body }) => body.id))
    expect(ids.size).toBe(1)
    await jobIs([...ids][0] ?? '', 'succeeded')
    expect((await probe(key)).count).toBe(1)
  })
})

withAws('twenty posts of an order at the same time with one Idempotency-Key', () => {
  test('make one order and one mail', async () => {
    const order = newOrder()
    const headers = withKey(unique('once'))
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post<Order>('/orders', order, headers)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
    await jobIs(jobOf(answers[0]?.body as Order, 'send-receipt'), 'succeeded')
    // Whatever was on its way to the lane before this order's is through.
    await jobIs(jobOf(await placeOrder(), 'send-receipt'), 'succeeded')
    expect(await mailsTo(order.email)).toHaveLength(1)
  })
})
