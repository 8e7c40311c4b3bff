import { defineJob, update } from 'outbox-relay'
import * as z from 'zod'
import { order } from './order'

export const sendReceipt = defineJob({
  type: 'send-receipt',
  schema: z.object({ orderId: z.string() }),
  run: ({ orderId }, { now }) => ({
    records: [update(order, { id: orderId }, { set: { receiptAt: now.toISOString() } })],
  }),
})
