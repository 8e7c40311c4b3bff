import { defineApplication } from 'outbox-relay'
import { diagnosticJobs, jobs } from './jobs.ts'
import { lanes } from './lanes.ts'
import { order } from './records/order.ts'
import { user } from './records/user.ts'
import { schedules } from './schedules.ts'

/** The sample application: a small shop. The stack deploys this and app/routes.ts; nothing else of the project imports them. */
export default defineApplication({
  module: import.meta.url,
  jobs,
  diagnosticJobs,
  lanes,
  schedules,
  jobOwners: [
    { record: order, path: '/orders' },
    { record: user, path: '/users' },
  ],
})
