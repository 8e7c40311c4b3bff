/** The sweeper: every minute, and when timers come. */
import type { Context, SQSEvent } from 'aws-lambda'
import { registryOf } from '../../shared/define/application.ts'
import { dueBuckets, dueKey } from '../../shared/outbox/envelope.ts'
import { decodeTimer } from '../../shared/outbox/timer.ts'
import { releaseTimed, type Sweep, sweep, type Unreleased } from '../../shared/recovery/sweep.ts'
import { application } from '../application.ts'
import { sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { dueIndexOf } from '../aws/due-index.ts'
import { probes, tableNames, timersQueue } from '../aws/environment.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { dynamoStore } from '../aws/store.ts'
import { logger } from '../aws/telemetry.ts'

const client = documentClient()
const tables = tableNames()
const deps = {
  store: dynamoStore(client, tables),
  registry: registryOf(application, { probes: probes() }),
  timers: laneSender(sqs(), timersQueue()),
  due: dueIndexOf(client, tables.outbox),
  clock,
  observe: ({ job: { id, lane }, reason }: Unreleased) =>
    logger.error('job could not be released, stays for the next sweep', { job: id, lane, reason }),
}
const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))

/** Kept free at the end, in ms, for the releases that are under way. */
const reserve = 5_000

/** The Scheduler's event has no records. Timers are not returned one by one: the next sweep does what is left of them. */
export async function handler(event: Partial<SQSEvent>, context: Context): Promise<void> {
  const until = Date.now() + context.getRemainingTimeInMillis() - reserve
  const timed = (event.Records ?? []).flatMap(({ body }) => decodeTimer(body))
  report(event.Records ? await releaseTimed(deps, timed, until) : await sweep(deps, buckets, until))
}

function report({ released, timed, overdue }: Sweep): void {
  if (released + timed > 0) logger.info('swept', { released, timed })
  // Everything else went; the error sets off the alarm.
  if (overdue > 0) throw new Error(`${overdue} jobs should have started and could not be released: the log names each`)
}
