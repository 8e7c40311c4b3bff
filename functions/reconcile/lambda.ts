/** The reconciler: a part of the outbox every hour, all of it on demand and where that part had lost jobs. */
import type { Context } from 'aws-lambda'
import { registryOf } from '../../shared/define/application.ts'
import { type ReconcileDeps, reconcile } from '../../shared/recovery/reconcile.ts'
import { application } from '../application.ts'
import { batchIndexOf } from '../aws/batch-index.ts'
import { batchReader } from '../aws/batch-reader.ts'
import { sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { failureQueueUrls, laneMappings, laneUrls, probes, service, tableNames } from '../aws/environment.ts'
import { failingIndexOf } from '../aws/failing-index.ts'
import { ids } from '../aws/ids.ts'
import { laneControl } from '../aws/lane-control.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { laneWaits } from '../aws/lane-waits.ts'
import { monitor } from '../aws/monitor.ts'
import { outboxScan } from '../aws/outbox-scan.ts'
import { startFunction } from '../aws/start-function.ts'
import { dynamoStore } from '../aws/store.ts'
import { logger, tally, total } from '../aws/telemetry.ts'
import { wakeQueues } from '../aws/wake-queues.ts'
import { problemOf } from './problem.ts'
import { runOf } from './run.ts'

const client = documentClient()
const queues = sqs()
const tables = tableNames()
const registry = registryOf(application, { probes: probes() })
const lanes = [...registry.lanes.values()]
const urls = laneUrls(lanes)
const prefix = service()
const ages = {
  sqs: queues,
  urls,
  prefix,
  lanes,
  now: () => clock.now().getTime(),
  monitor: monitor(`${prefix}-`),
  control: laneControl(laneMappings(lanes)),
}
const deps = {
  store: dynamoStore(client, tables),
  registry,
  sender: laneSender(queues, urls),
  waits: () => laneWaits(ages),
  scan: outboxScan(client, tables.outbox),
  failing: failingIndexOf(client, tables.effects),
  batches: batchIndexOf(client, tables.effects),
  // A claim of the last second may not be seen yet; then the job is sent once more, and the guard ignores that.
  ...batchReader(client, tables, { consistent: false }),
  clock,
  ids,
}

/** The queues that only failures use. The hourly run keeps their metrics alive, which alarms watch. */
const failureUrls = [...[...urls.values()].map(({ deadLetterUrl }) => deadLetterUrl), ...failureQueueUrls()]

/** Kept free at the end, in ms. */
const reserve = 10_000

export async function handler(event: unknown, context: Context): Promise<void> {
  const counts = tally()
  let unrelayed = 0
  const observe: ReconcileDeps['observe'] = ({ kind, job, reason }) => {
    counts.count(job, kind === 'abandoned' ? 'dead' : 'unrelayed')
    // A job that it ends has no dead letter, whose alarm would tell of it.
    unrelayed++
    logger.error(said[kind], { job: job.id, type: job.type, lane: job.lane, reason })
  }
  const run = runOf(event)
  // The runs that follow from it begin minutes later, when all queues are awake.
  if (run.hop === 0) await wakeQueues(queues, failureUrls)
  const until = Date.now() + context.getRemainingTimeInMillis() - reserve
  const result = await reconcile({ ...deps, observe }, run, until).finally(() => {
    // Also of a run that broke off: what it sent again must be counted.
    counts.flush()
    if (unrelayed > 0) total('unrelayed', unrelayed)
  })
  const { next, ...found } = result
  logger.info('reconciled', { ...found, parts: run.parts, hop: run.hop, handedOn: next.length })
  for (const rest of next) await startFunction(context.functionName, { run: rest })
  const problem = problemOf(run, result)
  if (problem) throw new Error(problem)
}

const said = {
  unrelayed: 'job had no message; sent again',
  unsent: 'job has no message, and cannot be sent',
  abandoned: 'job cannot be sent and was ended as dead, before its outbox item expires',
} as const
