import type { Route } from './route.ts'
import { deadLetters } from './routes/dead-letters.ts'
import { health } from './routes/health.ts'
import { jobs } from './routes/jobs.ts'
import { orders } from './routes/orders.ts'
import { probes } from './routes/probes.ts'
import { users } from './routes/users.ts'

/** All routes of a stage. */
export function routesOf(stage: { readonly probes: boolean }): readonly Route[] {
  return [...orders, ...users, ...jobs, ...deadLetters, ...health, ...(stage.probes ? probes : [])]
}
