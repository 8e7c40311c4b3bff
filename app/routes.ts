import type { Route } from 'outbox-relay/routes'
import { orders } from './routes/orders.ts'
import { passwordResets } from './routes/password-resets.ts'
import { probes } from './routes/probes.ts'
import { reports } from './routes/reports.ts'
import { users } from './routes/users.ts'
import { webhooks } from './routes/webhooks.ts'

/** What the business offers over HTTP, beside the routes for its operators. */
const routes: readonly Route[] = [...orders, ...users, ...passwordResets, ...webhooks, ...reports, ...probes]
export default routes
