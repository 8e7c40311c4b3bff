import { request } from 'outbox-relay'
import { accepted, refusal, route } from 'outbox-relay/routes'
import * as z from 'zod'
import sendPasswordReset from '../jobs/send-password-reset.ts'

export const passwordResets = [
  route({
    method: 'POST',
    path: '/password-resets',
    access: 'caller',
    summary: 'Request a new password; the answer does not tell whether the user exists',
    body: z.strictObject({ email: z.email().max(254) }),
    success: { status: 202, schema: z.strictObject({}), idempotent: true },
    // It writes the job and reads nothing, for every address: neither the answer nor its time tells whether there is an
    // account.
    async handle({ body }, { commit }) {
      const result = await commit({ jobs: [request(sendPasswordReset, body)] })
      if (result.kind !== 'committed' && result.kind !== 'replayed')
        return refusal(result, 'This request exists already.')
      return accepted(result.kind, {})
    },
  }),
]
