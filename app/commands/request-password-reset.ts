import * as z from 'zod'
import { request } from '../../shared/define/job.ts'
import { jobId } from '../../shared/lib/id.ts'
import type { Change } from '../../shared/outbox/change.ts'
import sendPasswordReset from '../jobs/send-password-reset.ts'

/**
 * Asks for a new password. It writes the job and reads nothing, for every address alike: neither the answer nor the time
 * it takes tells whether somebody has an account. It has no record of its own; the job is what a repetition meets.
 */
export const requestPasswordReset = {
  input: z.strictObject({ email: z.email().max(254) }),
  change({ email }: { email: string }, { id }: { readonly id: string }): Change {
    return { jobs: [{ ...request(sendPasswordReset, { email }), id: jobId(id) }] }
  },
}
