import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

/** An order as the service writes it: the fields that jobs change, and the key. */
export const order = defineRecord({
  name: 'order',
  schema: z.object({ id: z.string(), receiptAt: z.iso.datetime().optional() }),
  key: ({ id }: { id: string }) => ({ pk: `order#${id}`, sk: 'order' }),
})
