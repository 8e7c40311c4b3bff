import { defineRecord } from 'outbox-relay'
import * as z from 'zod'
import { month } from '../lib/days.ts'
import { orderTotals } from '../lib/order-totals.ts'

/** What a user ordered in a month. */
export const statement = defineRecord({
  name: 'statement',
  schema: z.object({
    userId: z.string(),
    month,
    ...orderTotals.shape,
    createdAt: z.iso.datetime(),
  }),
  key: ({ userId, month }: { userId: string; month: string }) => ({ pk: `statement#${userId}`, sk: month }),
})
