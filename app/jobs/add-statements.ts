import { addToBatch, defineJob, request } from 'outbox-relay'
import * as z from 'zod'
import { daysOf, month } from '../lib/days.ts'
import { summing, totalOf, visitOrders } from '../lib/order-totals.ts'
import { user } from '../records/user.ts'
import makeStatement from './make-statement.ts'

/** Adds the statements of one page of users to their batch. It reads the orders of the month once for all of them. */
export default defineJob({
  type: 'add-statements',
  schema: z.object({
    month,
    /** The batch of the statements, which is open. */
    statements: z.uuid(),
    /** Ids of the users. */
    users: z.array(z.string()),
  }),
  lane: 'bulk',
  timeLimitSeconds: 55,
  async run({ month, statements, users }, { services: { records }, signal, progress }) {
    const found = await Promise.all(users.map((id) => records.get(user, { id })))
    // A user may have left since.
    const there = found.filter((one) => one !== undefined)
    if (there.length === 0) return
    const sums = new Map(there.map(({ email }) => [email.toLowerCase(), summing()]))
    const days = daysOf(month)
    for (const [n, day] of days.entries()) {
      await visitOrders(records, day, signal, (order) => sums.get(order.email.toLowerCase())?.add(totalOf(order)))
      progress({ percent: (100 * (n + 1)) / days.length, message: `orders of ${day}` })
    }
    const totalsOf = (email: string) => (sums.get(email.toLowerCase()) ?? summing()).read()
    const members = there.map(({ id, email }) => request(makeStatement, { userId: id, month, ...totalsOf(email) }))
    return { batches: [addToBatch(statements, members)] }
  },
})
