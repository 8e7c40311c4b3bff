import { z } from 'zod'
import { createUser } from '../../../app/commands/create-user.ts'
import { auditEntry, auditPartition } from '../../../app/records/audit-entry.ts'
import { user, userPartition } from '../../../app/records/user.ts'
import { notFound } from '../answer.ts'
import { create } from '../create.ts'
import { readQuery } from '../request.ts'
import type { Route } from '../route.ts'

const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional(),
})

export const users: readonly Route[] = [
  {
    method: 'POST',
    path: '/users',
    answer: (deps, request) =>
      create(deps, request, '/users', createUser, 'There is a user with this e-mail address already.'),
  },
  {
    method: 'GET',
    path: '/users',
    async answer({ records }, { event }) {
      const query = readQuery(event, page)
      if (!query.ok) return query.answer
      const { limit, cursor: after } = query.value
      const { values, next } = await records.list(user, { pk: userPartition, limit, ...(after ? { after } : {}) })
      return { status: 200, body: { users: values, next } }
    },
  },
  {
    method: 'GET',
    path: '/users/:id',
    async answer({ records }, { params: { id = '' } }) {
      const found = await records.get(user, { id })
      return found ? { status: 200, body: found } : notFound(`user "${id}"`)
    },
  },
  {
    method: 'GET',
    path: '/users/:id/audit',
    async answer({ records }, { params: { id = '' } }) {
      if (!(await records.get(user, { id }))) return notFound(`user "${id}"`)
      const { values } = await records.list(auditEntry, { pk: auditPartition(id), limit: 100 })
      return { status: 200, body: { entries: values.map(({ id, action, at }) => ({ id, action, at })) } }
    },
  },
]
