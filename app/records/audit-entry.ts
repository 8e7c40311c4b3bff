import { defineRecord } from 'outbox-relay'
import * as z from 'zod'

/** Partition of a user's audit trail. */
export const auditPartition = (userId: string) => `user-audit#${userId}`

/** Something that was done to a user. Its id is the job that wrote it; sorted by time. */
export const auditEntry = defineRecord({
  name: 'audit-entry',
  schema: z.object({ id: z.string(), userId: z.string(), action: z.string(), at: z.iso.datetime() }),
  key: ({ userId, at, id }: { userId: string; at: string; id: string }) => ({
    pk: auditPartition(userId),
    sk: `${at}#${id}`,
  }),
})
