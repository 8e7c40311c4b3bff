import { batchCounts, defineJob } from 'outbox-relay'
import * as z from 'zod'
import { month } from '../lib/days.ts'
import { money } from '../lib/money.ts'
import { orderTotals, summing } from '../lib/order-totals.ts'

/** Mails how many statements were made for a month, and what they amount to. It reads the results page by page. */
export default defineJob({
  type: 'mail-statement-summary',
  schema: z.object({
    month,
    to: z.email(),
    /** The statements. */
    batch: batchCounts,
  }),
  lane: 'bulk',
  timeLimitSeconds: 55,
  redact: ['to'],
  async run({ month, to, batch }, { services, effectKey, signal, members, progress }) {
    const sum = summing()
    for (let after: string | undefined, isMore = true, read = 0; isMore; isMore = after !== undefined) {
      signal.throwIfAborted()
      const page = await members(batch.id, { after })
      for (const { status, result } of page.members)
        if (status === 'succeeded') sum.add(orderTotals.parse(result).totals)
      read += page.members.length
      progress({ message: `${read} of ${batch.total} results` })
      after = page.next
    }
    const { totals } = sum.read()
    const lines = totals.map(({ currency, orders, total }) => `${money(total, currency)}, orders: ${orders}`)
    const missing = batch.total - batch.succeeded
    const made = `Statements of ${month}: ${batch.succeeded} of ${batch.total}`
    await services.mail.send(
      {
        to,
        subject: made,
        text: [made, '', ...lines, ...(missing > 0 ? [`Not made: ${missing}`] : []), ''].join('\n'),
        idempotencyKey: effectKey,
      },
      signal,
    )
  },
})
