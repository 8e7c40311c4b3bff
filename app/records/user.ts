import { defineRecord } from 'outbox-relay'
import * as z from 'zod'
import { jobReference } from './job-reference.ts'

export const newUser = z.strictObject({
  email: z.email().max(254),
  fullName: z.string().trim().min(1).max(200),
})

/** All users are in one partition, so that they can be listed. With many sign-ups a second, use `listed` instead. */
export const userPartition = 'user'

export const user = defineRecord({
  name: 'user',
  schema: z.object({
    id: z.string(),
    ...newUser.shape,
    createdAt: z.iso.datetime(),
    jobs: z.array(jobReference),
  }),
  key: ({ id }: { id: string }) => ({ pk: userPartition, sk: id }),
})

/** Reserves an e-mail address for one user. It is created in the same transaction, which makes the address unique. */
export const userEmail = defineRecord({
  name: 'user-email',
  schema: z.object({ email: z.string(), userId: z.string() }),
  key: ({ email }: { email: string }) => ({ pk: `user-email#${email.toLowerCase()}`, sk: 'user-email' }),
})
