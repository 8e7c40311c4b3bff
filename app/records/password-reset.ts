import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

/** Permission to set a new password, for the person who has the token. Only the hash of the token is stored. */
export const passwordReset = defineRecord({
  name: 'password-reset',
  schema: z.object({
    tokenHash: z.string(),
    userId: z.string(),
    /** Seconds since the epoch. DynamoDB deletes it up to days later, so the code that redeems a token must check this time. */
    expiresAt: z.int(),
  }),
  key: ({ tokenHash }: { tokenHash: string }) => ({ pk: `password-reset#${tokenHash}`, sk: 'password-reset' }),
})
