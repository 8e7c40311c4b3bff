import * as z from 'zod'
import { notFound } from '../../functions/api/answer.ts'
import { create } from '../../functions/api/create.ts'
import { readPage, recordPageQuery } from '../../functions/api/cursor.ts'
import { route } from '../../functions/api/route.ts'
import { createUser } from '../commands/create-user.ts'
import { auditEntry, auditPartition } from '../records/audit-entry.ts'
import { newUser, user, userPartition } from '../records/user.ts'

const auditView = z.object({ id: z.string(), action: z.string(), at: z.iso.datetime() })

export const users = [
  route({
    method: 'POST',
    path: '/users',
    summary: 'Sign a user up, once per e-mail address',
    body: newUser,
    success: { status: 201, schema: user.schema, idempotent: true },
    errors: [409],
    answer: (deps, request) =>
      create(deps, request, '/users', createUser, 'There is a user with this e-mail address already.'),
  }),
  route({
    method: 'GET',
    path: '/users',
    summary: 'Users, oldest first',
    query: recordPageQuery,
    success: { status: 200, schema: z.object({ users: z.array(user.schema), next: z.string().optional() }) },
    async answer({ records }, { event }) {
      const page = readPage(event, recordPageQuery)
      if (!page.ok) return page.answer
      const { limit, after } = page.value
      const { values, next } = await records.list(user, { pk: userPartition, limit, ...(after ? { after } : {}) })
      return { status: 200, body: { users: values, next: page.value.next(next) } }
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id',
    summary: 'A user',
    success: { status: 200, schema: user.schema },
    errors: [404],
    async answer({ records }, { params: { id = '' } }) {
      const found = await records.get(user, { id })
      return found ? { status: 200, body: found } : notFound(`user "${id}"`)
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id/audit',
    summary: 'What was done to a user, oldest first',
    success: { status: 200, schema: z.object({ entries: z.array(auditView) }) },
    errors: [404],
    async answer({ records }, { params: { id = '' } }) {
      if (!(await records.get(user, { id }))) return notFound(`user "${id}"`)
      const { values } = await records.list(auditEntry, { pk: auditPartition(id), limit: 100 })
      return { status: 200, body: { entries: values.map(({ id, action, at }) => ({ id, action, at })) } }
    },
  }),
]
