import type { OperatorServices } from './deps.ts'
import { openApi } from './openapi.ts'
import { operatorRoute, type Route } from './route.ts'
import { actions } from './routes/actions/routes.ts'
import { alarms } from './routes/alarms/routes.ts'
import { batches } from './routes/batches/routes.ts'
import { deadLetters } from './routes/dead-letters/routes.ts'
import { health } from './routes/health/routes.ts'
import { jobActions } from './routes/jobs/actions.ts'
import { jobBatches, jobs } from './routes/jobs/routes.ts'
import { lanes } from './routes/lanes/routes.ts'
import { metrics } from './routes/metrics/routes.ts'
import { schedules } from './routes/schedules/routes.ts'
import { stats } from './routes/stats/routes.ts'
import { usage } from './routes/usage/routes.ts'

/** All routes of a stage: those of the business, and those for its operators. */
export function routesOf(
  business: readonly Route[],
  stage: { readonly probes: boolean },
): readonly Route<OperatorServices>[] {
  const routes = [
    ...business.filter((route) => stage.probes || !route.diagnostic),
    ...jobs,
    ...jobBatches,
    ...jobActions,
    ...batches,
    ...deadLetters,
    ...lanes,
    ...actions,
    ...schedules,
    ...stats,
    ...metrics,
    ...alarms,
    ...usage,
    ...health,
  ]
  return [...routes, documentOf(routes)]
}

function documentOf(routes: readonly Route<OperatorServices>[]): Route<OperatorServices> {
  const self: Route<OperatorServices> = operatorRoute({
    method: 'GET',
    path: '/openapi.json',
    access: 'caller',
    summary: 'Get this document',
    success: { status: 200 },
    // Made when it is first asked for: a cold start needs none of it.
    handle: (_, { authorization }) => {
      document ??= openApi([...routes, self], authorization)
      return { status: 200, body: document }
    },
  })
  let document: Record<string, unknown> | undefined
  return self
}
