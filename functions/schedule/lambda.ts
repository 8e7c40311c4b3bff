/** A scheduled run: one job, however often EventBridge Scheduler delivers it. */
import * as z from 'zod'
import { registryOf } from '../../shared/define/application.ts'
import { scheduledJob } from '../../shared/define/schedule.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { application } from '../application.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { probes, tableNames } from '../aws/environment.ts'
import { ids } from '../aws/ids.ts'
import { dynamoStore } from '../aws/store.ts'
import { logger } from '../aws/telemetry.ts'

/** What infra/scheduling/schedules.ts gives the schedule as its input. */
const scheduledRun = z.object({ schedule: z.string(), at: z.iso.datetime({ offset: true }) })

const deps = {
  store: dynamoStore(documentClient(), tableNames()),
  registry: registryOf(application, { probes: probes() }),
  clock,
  ids,
  outboxLifetime: lifetimes.outbox,
}

export async function handler(event: unknown): Promise<void> {
  const { schedule: name, at } = scheduledRun.parse(event)
  const schedule = application.schedules.find((s) => s.name === name)
  if (!schedule)
    throw new Error(`The application has no schedule "${name}"; deploy again, so that its timer is removed.`)
  const job = scheduledJob(schedule, new Date(at).toISOString(), ids)
  const result = await commitRequest(deps, { id: job.id, now: clock.now() }, { jobs: [job] })
  // Scheduler delivers again what fails, and the same id makes that harmless.
  if (result.kind === 'busy' || result.kind === 'unknown')
    throw new Error(`The scheduled run of "${name}" at ${at} was not written for sure: ${result.reason}`)
  const [written] = result.kind === 'committed' ? result.jobs : []
  logger.info(written ? 'scheduled run' : 'scheduled run was delivered before', {
    schedule: name,
    at,
    job: written?.id ?? job.id,
    merged: written?.merged,
  })
}
