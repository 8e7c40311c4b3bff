import type { Route } from 'outbox-relay/routes'
import { orders } from './routes/orders.ts'
import { passwordResets } from './routes/password-resets.ts'
import { probes } from './routes/probes.ts'
import { reports } from './routes/reports.ts'
import { statements } from './routes/statements.ts'
import { users } from './routes/users.ts'
import { webhooks } from './routes/webhooks.ts'

/** The HTTP routes of the application, next to those for operators. */
const routes: readonly Route[] = [
  ...orders,
  ...users,
  ...passwordResets,
  ...webhooks,
  ...reports,
  ...statements,
  ...probes,
]
export default routes
