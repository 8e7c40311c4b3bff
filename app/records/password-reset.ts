import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

/** Leave to set a new password, for whoever has the token. Only its hash is stored: the table alone opens no account. */
export const passwordReset = defineRecord({
  name: 'password-reset',
  schema: z.object({
    tokenHash: z.string(),
    userId: z.string(),
    /** Seconds since the epoch. DynamoDB deletes it up to days later: whoever redeems a token checks this himself. */
    expiresAt: z.int(),
  }),
  key: ({ tokenHash }: { tokenHash: string }) => ({ pk: `password-reset#${tokenHash}`, sk: 'password-reset' }),
})
