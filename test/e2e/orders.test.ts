import { describe, expect, test } from 'vitest'
import { api, type Problem } from './support/api.ts'
import { withAws } from './support/aws.ts'
import { jobIs } from './support/jobs.ts'
import { firstMailTo, mailsTo } from './support/mails.ts'
import { address } from './support/names.ts'
import { jobOf, newOrder, type Order, placeOrder } from './support/orders.ts'

describe('an order', () => {
  test('is answered with 201, its Location, its total and the jobs it causes', async () => {
    const email = address()
    const { status, headers, body } = await api.post<Order>('/orders', newOrder(email))
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/orders/${body.id}`)
    expect(body).toEqual({
      id: expect.any(String),
      ...newOrder(email),
      currency: 'EUR',
      total: 2100,
      createdAt: expect.any(String),
      jobs: [
        { id: expect.any(String), type: 'send-receipt' },
        { id: expect.any(String), type: 'publish-event' },
      ],
    })
    expect(Math.abs(Date.now() - Date.parse(body.createdAt))).toBeLessThan(60_000)
  })

  test('is found again under its Location, as it was answered', async () => {
    const created = await api.post<Order>('/orders', { ...newOrder(), currency: 'USD' })
    const found = await api.get<Order>(created.headers.get('location') ?? '')
    expect(found.status).toBe(200)
    expect(found.body).toEqual(created.body)
    expect(found.body.currency).toBe('USD')
  })

  test('that does not exist is 404', async () => {
    const { status, headers, body } = await api.get<Problem>('/orders/none')
    expect(status).toBe(404)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body).toMatchObject({ type: 'about:blank', title: 'Not Found', status: 404 })
  })

  test('has all its jobs done', async () => {
    const order = await placeOrder()
    for (const { id } of order.jobs) {
      const job = await jobIs(id, 'succeeded')
      expect(job).toMatchObject({ lane: 'default', attempts: 1, finishedAt: expect.any(String) })
    }
  })

  test('shows no address in its receipt job', async () => {
    const order = await placeOrder()
    const { payload } = await jobIs(jobOf(order, 'send-receipt'), 'succeeded')
    expect(payload).toMatchObject({ orderId: order.id, total: 2100, email: '[redacted]' })
  })
})

withAws('the receipt of an order', () => {
  test('is mailed to the customer, once, with the total', async () => {
    const order = await placeOrder()
    const mail = await firstMailTo(order.email)
    expect(mail.Subject).toContain(order.id)
    expect(mail.Body.text_part).toContain('21.00 EUR')
    await jobIs(jobOf(order, 'send-receipt'), 'succeeded')
    // Whatever was on its way to the lane before this order's is through.
    const later = await placeOrder()
    await jobIs(jobOf(later, 'send-receipt'), 'succeeded')
    expect(await mailsTo(order.email)).toHaveLength(1)
  })
})
