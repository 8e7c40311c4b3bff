import { defineJob } from 'outbox-relay'
import * as z from 'zod'

/** Welcomes a new user. */
export default defineJob({
  type: 'send-welcome-email',
  schema: z.object({ userId: z.string(), email: z.email(), fullName: z.string() }),
  redact: ['email', 'fullName'],
  async run({ email, fullName }, { services, effectKey, signal }) {
    await services.mail.send(
      {
        to: email,
        subject: 'Welcome',
        text: `Hello ${fullName},\n\nyour account is ready.\n`,
        idempotencyKey: effectKey,
      },
      signal,
    )
  },
})
