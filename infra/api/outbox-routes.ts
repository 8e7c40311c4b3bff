import type { AccessRule } from '../../functions/api/access.ts'
import { routesOf } from '../../functions/api/routes.ts'

/**
 * Who may call each route of the outbox itself. The routes of the application are not known here: their module is loaded by
 * the function only, and the function checks who calls them.
 */
export const outboxRoutes: readonly AccessRule[] = routesOf([], { probes: false }).map(({ method, path, access }) => ({
  method,
  path,
  access,
}))
