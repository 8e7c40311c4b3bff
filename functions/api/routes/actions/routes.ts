import { action, actionPartition } from '../../../../shared/recovery/action.ts'
import { audit } from '../../audit.ts'
import { operatorRoute } from '../../route.ts'
import { actionList, actionsQuery, reconcileStarted } from './schemas.ts'

export const actions = [
  operatorRoute({
    method: 'GET',
    path: '/actions',
    access: 'viewer',
    summary: 'List what operators did, newest first',
    query: actionsQuery,
    success: { status: 200, schema: actionList },
    async handle({ query: { limit }, page }, { records }) {
      const range = { pk: actionPartition, newestFirst: true, limit, after: page.after, skipUnreadable: true }
      const { values, next } = await records.list(action, range)
      return { status: 200, body: { actions: [...values], next: page.next(next) } }
    },
  }),
  operatorRoute({
    method: 'POST',
    path: '/reconcile',
    access: 'operator',
    summary: 'Start the reconciler now: it re-sends jobs that were lost',
    success: { status: 202, schema: reconcileStarted },
    async handle(request, services) {
      await audit(services, request, 'reconcile', '')
      await services.reconcile()
      return { status: 202, body: {} }
    },
  }),
]
