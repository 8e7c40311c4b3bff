import { request } from 'outbox-relay'
import { accepted, notFound, refusal, route } from 'outbox-relay/routes'
import * as z from 'zod'
import monthlyStatements from '../jobs/monthly-statements.ts'
import { month } from '../lib/days.ts'
import { statement } from '../records/statement.ts'

export const statements = [
  route({
    method: 'POST',
    path: '/statements',
    access: 'operator',
    summary:
      'Make the statements of a month for all users, and mail a summary; its id is that of the job and of its batch',
    body: z.strictObject({ month, to: z.email().max(254) }),
    success: { status: 202, schema: z.object({ id: z.string() }), idempotent: true },
    async handle({ id, body }, { commit }) {
      const result = await commit({ jobs: [{ ...request(monthlyStatements, body), id }] })
      if (result.kind !== 'committed' && result.kind !== 'replayed')
        return refusal(result, 'These statements exist already.')
      return accepted(result.kind, { id }, { location: `/jobs/${id}` })
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id/statements/:month',
    access: 'viewer',
    summary: 'Get the statement of a user for a month',
    params: z.object({ id: z.string(), month }),
    success: { status: 200, schema: statement.schema },
    errors: [404],
    async handle({ params: { id, month } }, { records }) {
      const found = await records.get(statement, { userId: id, month })
      return found ? { status: 200, body: found } : notFound(`statement of user "${id}" for ${month}`)
    },
  }),
]
