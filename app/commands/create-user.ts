import { create, defineCommand, request } from 'outbox-relay'
import sendWelcomeEmail from '../jobs/send-welcome-email.ts'
import writeAuditEntry from '../jobs/write-audit-entry.ts'
import { references } from '../records/job-reference.ts'
import { newUser, user, userEmail } from '../records/user.ts'

/** Signs a user up, once per e-mail address. */
export const createUser = defineCommand({
  input: newUser,
  creates: user,
  change({ email, fullName }, { id, now, causes }) {
    const createdAt = now.toISOString()
    const jobs = causes([
      request(sendWelcomeEmail, { userId: id, email, fullName }),
      request(writeAuditEntry, { userId: id, action: 'user.created', at: createdAt }),
    ])
    return {
      records: [
        create(user, { id, email, fullName, createdAt, jobs: references(jobs) }),
        create(userEmail, { email, userId: id }),
      ],
      jobs,
    }
  },
})
