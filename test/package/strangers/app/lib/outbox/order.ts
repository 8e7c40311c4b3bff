import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

export const order = defineRecord({
  name: 'order',
  schema: z.object({ id: z.string(), email: z.string(), receiptAt: z.string().optional() }),
  key: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
})
