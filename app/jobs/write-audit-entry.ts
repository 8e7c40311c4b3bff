import { create, defineJob } from 'outbox-relay'
import * as z from 'zod'
import { auditEntry } from '../records/audit-entry.ts'

/** Writes an entry of a user's audit trail: an effect inside DynamoDB, and so exactly once. */
export default defineJob({
  type: 'write-audit-entry',
  schema: z.object({ userId: z.string(), action: z.string(), at: z.iso.datetime() }),
  run({ userId, action, at }, { jobId }) {
    return { records: [create(auditEntry, { id: jobId, userId, action, at })] }
  },
})
