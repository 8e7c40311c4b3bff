import { openApi } from './openapi.ts'
import { type Route, route } from './route.ts'
import { actions } from './routes/actions.ts'
import { alarms } from './routes/alarms.ts'
import { deadLetters } from './routes/dead-letters.ts'
import { health } from './routes/health.ts'
import { jobActions } from './routes/jobs/actions.ts'
import { jobBatches, jobs } from './routes/jobs/routes.ts'
import { lanes } from './routes/lanes.ts'
import { metrics } from './routes/metrics.ts'
import { schedules } from './routes/schedules.ts'
import { stats } from './routes/stats.ts'
import { usage } from './routes/usage/routes.ts'

/** All routes of a stage: those of the business, and those for its operators. */
export function routesOf(business: readonly Route[], stage: { readonly probes: boolean }): readonly Route[] {
  const routes = [
    ...business.filter((route) => stage.probes || !route.diagnostic),
    ...jobs,
    ...jobBatches,
    ...jobActions,
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

function documentOf(routes: readonly Route[]): Route {
  const self = route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    success: { status: 200 },
    // Made when it is first asked for: a cold start needs none of it.
    answer: () => {
      document ??= openApi([...routes, self])
      return { status: 200, body: document }
    },
  })
  let document: Record<string, unknown> | undefined
  return self
}
