import type { Route } from '../route.ts'

export const health: readonly Route[] = [
  { method: 'GET', path: '/health', answer: () => ({ status: 200, body: { status: 'ok' } }) },
]
