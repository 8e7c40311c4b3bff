/** The reconciler: a part of the outbox every hour, all of it on demand and where that part had lost jobs. */
import type { Context } from 'aws-lambda'
import * as z from 'zod'
import application from '#app/application'
import { registryOf } from '../../shared/application.ts'
import { type ReconcileDeps, reconcile, reconcileHour } from '../../shared/reconcile.ts'
import { fullPass } from '../../shared/reconcile-pass.ts'
import { dynamoDb, sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { laneUrls, probes, tableNames } from '../aws/environment.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { outboxScan } from '../aws/outbox-scan.ts'
import { dynamoStore } from '../aws/store.ts'
import { logger, tally, total } from '../aws/telemetry.ts'
import { batchReader } from '../aws/trouble-index.ts'

const client = dynamoDb()
const tables = tableNames()
const deps = {
  store: dynamoStore(client, tables),
  registry: registryOf(application, { probes: probes() }),
  sender: laneSender(sqs(), laneUrls()),
  scan: outboxScan(client, tables.outbox),
  // A claim of the last second may not be seen yet; then the job is sent once more, and the guard ignores that.
  ...batchReader(client, tables, { consistent: false }),
  clock,
}

/** Kept free at the end, in ms. */
const reserve = 10_000

/** What infra/reconciler.ts gives the schedule as its input; without it, an operator wants all of it. */
const tick = z.object({ at: z.iso.datetime({ offset: true }) })

export async function handler(event: unknown, context: Context): Promise<void> {
  const counts = tally()
  let unrelayed = 0
  const observe: ReconcileDeps['observe'] = (event) => {
    const { id, type, lane } = event.envelope
    counts.count(event.envelope, 'unrelayed')
    unrelayed++
    if (event.kind === 'unrelayed') logger.error('job was not relayed; sent again', { job: id, type, lane })
    else logger.error('job was not relayed, and cannot be sent', { job: id, type, lane, reason: event.reason })
  }
  const until = Date.now() + context.getRemainingTimeInMillis() - reserve
  const hourly = tick.safeParse(event)
  const run = hourly.success
    ? reconcileHour({ ...deps, observe }, new Date(hourly.data.at), until)
    : reconcile({ ...deps, observe }, fullPass, until)
  const result = await run.finally(() => {
    // Also of a run that broke off: what it sent again must not go unheard.
    counts.flush()
    total('unrelayed', unrelayed)
  })
  logger.info('reconciled', { ...result })
  if (result.unsent > 0)
    throw new Error(`${result.unsent} jobs were not relayed and could not be sent: the log names each`)
  if (!result.complete)
    throw new Error(
      `The run was over before all of its part was read (${result.scanned} items were; what was lost among them was sent again). The hourly runs read the rest within a day; if they end like this too, give the function reconcile more memory, and so CPU.`,
    )
}
