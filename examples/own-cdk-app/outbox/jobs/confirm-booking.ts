import { defineJob, update } from 'outbox-relay'
import * as z from 'zod'
import { booking } from '../records/booking.ts'

/** Mails the confirmation, and marks the booking as confirmed in the transaction that completes the job. */
export default defineJob({
  type: 'confirm-booking',
  schema: z.object({ bookingId: z.string(), email: z.email(), seats: z.int() }),
  redact: ['email'],
  async run({ bookingId, email, seats }, { services, effectKey, now, signal }) {
    const mail = {
      to: email,
      subject: `Your booking ${bookingId}`,
      text: `Seats: ${seats}\n`,
      idempotencyKey: effectKey,
    }
    await services.mail.send(mail, signal)
    return { records: [update(booking, { id: bookingId }, { set: { confirmedAt: now.toISOString() } })] }
  },
})
