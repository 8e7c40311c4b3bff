import { createHash } from 'node:crypto'
import { create, defineJob } from 'outbox-relay'
import * as z from 'zod'
import { passwordReset } from '../records/password-reset.ts'
import { user, userEmail } from '../records/user.ts'

const lifetimeSeconds = 3600

/**
 * Mails a token that allows one to set a new password. An unknown address gets no mail. The token is only in the mail, not in
 * the payload and not in a record. If the process dies between the mail and the commit, the next attempt mails another
 * token, and the first one never becomes valid.
 */
export default defineJob({
  type: 'send-password-reset',
  schema: z.object({ email: z.email() }),
  lane: 'urgent',
  redact: ['email'],
  async run({ email }, { services, effectKey, now, signal }) {
    const held = await services.records.get(userEmail, { email })
    const found = held && (await services.records.get(user, { id: held.userId }))
    if (!found) return
    const token = Buffer.from(services.secrets.fresh()).toString('base64url')
    await services.mail.send(
      {
        // The address of the sign-up, not the one that was typed now: two addresses that look alike may belong to two people.
        to: found.email,
        subject: 'Set a new password',
        text: `Somebody, hopefully you, asked to set a new password.\n\nToken: ${token}\n\nIt is good for one hour. If it was not you, do nothing.\n`,
        idempotencyKey: effectKey,
      },
      signal,
    )
    const tokenHash = createHash('sha256').update(token).digest('hex')
    const expiresAt = Math.floor(now.getTime() / 1000) + lifetimeSeconds
    return { records: [create(passwordReset, { tokenHash, userId: found.id, expiresAt })] }
  },
})
