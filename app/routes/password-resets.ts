import { request } from 'outbox-relay'
import { accepted, refusal, route } from 'outbox-relay/routes'
import * as z from 'zod'
import sendPasswordReset from '../jobs/send-password-reset.ts'

export const passwordResets = [
  route({
    method: 'POST',
    path: '/password-resets',
    summary: 'Ask for a new password; the answer is the same whether or not there is such a user',
    body: z.strictObject({ email: z.email().max(254) }),
    success: { status: 202, schema: z.strictObject({}), idempotent: true },
    // It writes the job and reads nothing, for every address alike: neither the answer nor the time it takes tells whether
    // somebody has an account.
    async handle({ body }, { commit }) {
      const result = await commit({ jobs: [request(sendPasswordReset, body)] })
      if (result.kind !== 'committed' && result.kind !== 'replayed')
        return refusal(result, 'This request exists already.')
      return accepted(result.kind, {})
    },
  }),
]
