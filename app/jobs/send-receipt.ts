import { defineJob } from 'outbox-relay'
import * as z from 'zod'
import { money } from '../lib/money.ts'

/** Mails the receipt of an order. */
export default defineJob({
  type: 'send-receipt',
  schema: z.object({ orderId: z.string(), email: z.email(), total: z.int(), currency: z.string() }),
  redact: ['email'],
  async run({ orderId, email, total, currency }, { services, effectKey, signal }) {
    await services.mail.send(
      {
        to: email,
        subject: `Receipt for your order ${orderId}`,
        text: `Thank you for your order.\n\nOrder: ${orderId}\nTotal: ${money(total, currency)}\n`,
        idempotencyKey: effectKey,
      },
      signal,
    )
  },
})
