import { create, defineCommand, request } from 'outbox-relay'
import publishEvent from '../jobs/publish-event.ts'
import sendReceipt from '../jobs/send-receipt.ts'
import { references } from '../records/job-reference.ts'
import { newOrder, order } from '../records/order.ts'

/** Saves an order, sends its receipt and publishes the event: all of it, or nothing. */
export const createOrder = defineCommand({
  input: newOrder,
  creates: order,
  change({ email, items, currency }, { id, now, causes }) {
    const createdAt = now.toISOString()
    const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0)
    const jobs = causes([
      request(sendReceipt, { orderId: id, email, total, currency }),
      request(publishEvent, { event: 'order.created', at: createdAt, data: { id, total, currency } }),
    ])
    return {
      records: [create(order, { id, email, items, currency, total, createdAt, jobs: references(jobs) })],
      jobs,
    }
  },
})
