import { notFound, recordPageQuery, route } from 'outbox-relay/routes'
import * as z from 'zod'
import { createUser } from '../commands/create-user.ts'
import { auditEntry, auditPartition } from '../records/audit-entry.ts'
import { user, userPartition } from '../records/user.ts'

const params = z.object({ id: z.string() })
const userList = z.object({
  users: z.array(user.schema),
  next: z.string().optional(),
  /** Users whose stored record does not fit the schema of today. */
  unreadable: z.int().optional(),
})
const auditTrail = z.object({
  entries: z.array(z.object({ id: z.string(), action: z.string(), at: z.iso.datetime() })),
})

export const users = [
  route({
    method: 'POST',
    path: '/users',
    access: 'caller',
    summary: 'Create a user, once per e-mail address',
    command: createUser,
    conflict: 'There is a user with this e-mail address already.',
  }),
  route({
    method: 'GET',
    path: '/users',
    access: 'viewer',
    summary: 'List users, oldest first',
    query: recordPageQuery,
    success: { status: 200, schema: userList },
    async handle({ query: { limit }, page }, { records }) {
      const { values, next, unreadable } = await records.list(user, {
        ...{ pk: userPartition, limit, after: page.after, skipUnreadable: true },
      })
      return { status: 200, body: { users: [...values], next: page.next(next), unreadable: unreadable?.length } }
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id',
    access: 'viewer',
    summary: 'Get a user',
    params,
    success: { status: 200, schema: user.schema },
    errors: [404],
    async handle({ params: { id } }, { records }) {
      const found = await records.get(user, { id })
      return found ? { status: 200, body: found } : notFound(`user "${id}"`)
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id/audit',
    access: 'viewer',
    summary: 'List what was done to a user, oldest first',
    params,
    success: { status: 200, schema: auditTrail },
    errors: [404],
    async handle({ params: { id } }, { records }) {
      if (!(await records.get(user, { id }))) return notFound(`user "${id}"`)
      const { values } = await records.list(auditEntry, { pk: auditPartition(id), limit: 100, skipUnreadable: true })
      return { status: 200, body: { entries: values.map(({ id, action, at }) => ({ id, action, at })) } }
    },
  }),
]
