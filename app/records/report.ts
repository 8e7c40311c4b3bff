import { defineRecord } from 'outbox-relay'
import * as z from 'zod'
import { orderTotals } from '../lib/order-totals.ts'

/** What was ordered from one day to another, both included. Its id is the job that built it. */
export const report = defineRecord({
  name: 'report',
  schema: z.object({
    id: z.string(),
    from: z.iso.date(),
    to: z.iso.date(),
    ...orderTotals.shape,
    createdAt: z.iso.datetime(),
  }),
  key: ({ id }: { id: string }) => ({ pk: `report#${id}`, sk: 'report' }),
})
