import { openApi } from './openapi.ts'
import { type Route, route } from './route.ts'
import { actions } from './routes/actions.ts'
import { deadLetters } from './routes/dead-letters.ts'
import { health } from './routes/health.ts'
import { jobActions } from './routes/job-actions.ts'
import { jobBatches, jobs } from './routes/jobs.ts'
import { lanes } from './routes/lanes.ts'
import { orders } from './routes/orders.ts'
import { passwordResets } from './routes/password-resets.ts'
import { probes } from './routes/probes.ts'
import { reports } from './routes/reports.ts'
import { schedules } from './routes/schedules.ts'
import { stats } from './routes/stats.ts'
import { users } from './routes/users.ts'
import { webhooks } from './routes/webhooks.ts'

/** All routes of a stage. */
export function routesOf(stage: { readonly probes: boolean }): readonly Route[] {
  const routes = [
    ...orders,
    ...users,
    ...passwordResets,
    ...webhooks,
    ...reports,
    ...jobs,
    ...jobBatches,
    ...jobActions,
    ...deadLetters,
    ...lanes,
    ...actions,
    ...schedules,
    ...stats,
    ...health,
    ...(stage.probes ? probes : []),
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
