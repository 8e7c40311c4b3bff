import { defineJob } from 'outbox-relay'
import * as z from 'zod'
import { dayBefore } from '../lib/days.ts'
import { money } from '../lib/money.ts'
import { totalsOf } from '../lib/order-totals.ts'

/**
 * Mails how many orders came on the day before. Which day follows from the scheduled time in the payload, not from the
 * clock: an attempt after midnight counts the same day. Schedule it some minutes after midnight UTC at the earliest; an
 * order of the last seconds of a day may still be on its way into the table.
 */
export default defineJob({
  type: 'daily-digest',
  schema: z.object({
    to: z.email(),
    /** The scheduled time. */
    at: z.iso.datetime({ offset: true }),
  }),
  lane: 'bulk',
  timeLimitSeconds: 55,
  redact: ['to'],
  async run({ to, at }, { services, effectKey, signal }) {
    const day = dayBefore(new Date(at))
    const { orders, totals } = await totalsOf(services.records, [day], signal)
    const lines = totals.map(({ currency, orders, total }) => `${money(total, currency)}, orders: ${orders}`)
    await services.mail.send(
      {
        to,
        subject: `Orders of ${day}: ${orders}`,
        text: [`Orders of ${day} (UTC): ${orders}`, '', ...lines, ''].join('\n'),
        idempotencyKey: effectKey,
      },
      signal,
    )
  },
})
