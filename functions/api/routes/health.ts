import * as z from 'zod'
import { route } from '../route.ts'

export const health = [
  route({
    method: 'GET',
    path: '/health',
    summary: 'Whether the API is up',
    success: { status: 200, schema: z.object({ status: z.literal('ok') }) },
    answer: () => ({ status: 200, body: { status: 'ok' } }),
  }),
]
