import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

/** What a customer sends. */
export const newBooking = z.strictObject({ email: z.email(), seats: z.int().min(1).max(100) })

/** A booking, as it has always lain in the table: the outbox only has to know its shape and its keys. */
export const booking = defineRecord({
  name: 'booking',
  schema: z.object({ id: z.string(), ...newBooking.shape, confirmedAt: z.iso.datetime().optional() }),
  key: ({ id }: { id: string }) => ({ pk: `booking#${id}`, sk: 'booking' }),
})
