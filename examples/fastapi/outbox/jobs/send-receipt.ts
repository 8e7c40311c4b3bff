import { defineJob, update } from 'outbox-relay'
import * as z from 'zod'
import { order } from '../order.ts'

/** A job in TypeScript: mails the receipt, and marks the order in the transaction that completes the job. */
export default defineJob({
  type: 'send-receipt',
  schema: z.object({ orderId: z.string(), email: z.string(), total: z.int() }),
  redact: ['email'],
  async run({ orderId, email, total }, { services, effectKey, now, signal }) {
    const text = `Total: ${(total / 100).toFixed(2)}\n`
    await services.mail.send({ to: email, subject: `Your order ${orderId}`, text, idempotencyKey: effectKey }, signal)
    return { records: [update(order, { id: orderId }, { set: { receiptAt: now.toISOString() } })] }
  },
})
