import { defineJob, put } from 'outbox-relay'
import * as z from 'zod'
import { month } from '../lib/days.ts'
import { orderTotals } from '../lib/order-totals.ts'
import { statement } from '../records/statement.ts'

/** Saves what a user ordered in a month. Its result is for the summary of all statements. */
export default defineJob({
  type: 'make-statement',
  schema: z.object({ userId: z.string(), month, ...orderTotals.shape }),
  lane: 'bulk',
  run({ userId, month, orders, totals }, { now }) {
    // It replaces the statement of an earlier run for the month.
    const record = put(statement, { userId, month, orders, totals, createdAt: now.toISOString() })
    return { records: [record], result: { orders, totals } }
  },
})
