import { randomUUID } from 'node:crypto'
import { create, request } from 'outbox-relay'
import { outbox } from 'outbox-relay/client'
import application from '../lib/outbox/application'
import { order } from '../lib/outbox/order'
import { sendReceipt } from '../lib/outbox/send-receipt'

const orders = outbox(application)

export async function handler(event: { body?: string }) {
  const id = randomUUID()
  const { email } = JSON.parse(event.body ?? '{}')
  const result = await orders.commit({
    records: [create(order, { id, email })],
    jobs: [request(sendReceipt, { orderId: id })],
  })
  if (result.kind !== 'committed') return { statusCode: 503 }
  return { statusCode: 201, body: JSON.stringify({ id, jobs: result.jobs }) }
}
