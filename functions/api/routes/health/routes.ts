import { operatorRoute } from '../../route.ts'
import { healthView } from './schemas.ts'

export const health = [
  operatorRoute({
    method: 'GET',
    path: '/health',
    access: 'caller',
    summary: 'Check that the API is up',
    success: { status: 200, schema: healthView },
    handle: () => ({ status: 200, body: { status: 'ok' as const } }),
  }),
]
