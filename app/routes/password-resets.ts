import * as z from 'zod'
import { readRequest, refusal, replayed } from '../../functions/api/create.ts'
import { readBody } from '../../functions/api/request.ts'
import { route } from '../../functions/api/route.ts'
import { command } from '../../shared/define/command.ts'
import { requestPasswordReset } from '../commands/request-password-reset.ts'

export const passwordResets = [
  route({
    method: 'POST',
    path: '/password-resets',
    summary: 'Ask for a new password; the answer is the same whether or not there is such a user',
    body: requestPasswordReset.input,
    success: { status: 202, schema: z.strictObject({}), idempotent: true },
    async answer(deps, request) {
      const body = readBody(request.event, requestPasswordReset.input)
      if (!body.ok) return body.answer
      const read = readRequest(deps, request, '/password-resets')
      if (!read.ok) return read.answer
      const result = await command(deps, read.value, requestPasswordReset.change(body.value, read.value))
      const refused = refusal(result, 'This request exists already.')
      if (refused) return refused
      return { status: 202, body: {}, ...(result.kind === 'replayed' ? { headers: replayed } : {}) }
    },
  }),
]
