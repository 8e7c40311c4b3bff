/** The sweeper, every minute. */
import type { Context } from 'aws-lambda'
import application from '#app/application'
import { registryOf } from '../../shared/application.ts'
import { dueBuckets, dueKey } from '../../shared/outbox-item.ts'
import type { Unsent } from '../../shared/send.ts'
import { sweep } from '../../shared/sweep.ts'
import { dynamoDb, sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { dueIndexOf } from '../aws/due-index.ts'
import { laneUrls, probes, tableNames } from '../aws/environment.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { dynamoStore } from '../aws/store.ts'
import { logger } from '../aws/telemetry.ts'

const client = dynamoDb()
const tables = tableNames()
const deps = {
  store: dynamoStore(client, tables),
  registry: registryOf(application, { probes: probes() }),
  sender: laneSender(sqs(), laneUrls()),
  due: dueIndexOf(client, tables.outbox),
  clock,
  observe: ({ envelope: { id, type, lane }, reason }: Unsent) =>
    logger.error('job could not be sent, stays for the next sweep', { job: id, type, lane, reason }),
}
const buckets = Array.from({ length: dueBuckets }, (_, bucket) => dueKey(bucket))

/** Kept free at the end, in ms, so that the last send is also taken off the index. */
const reserve = 5_000

export async function handler(_event: unknown, context: Context): Promise<void> {
  const { sent, overdue } = await sweep(deps, buckets, Date.now() + context.getRemainingTimeInMillis() - reserve)
  if (sent > 0) logger.info('swept', { sent })
  // Everything else went; the error is what rings the alarm.
  if (overdue > 0) throw new Error(`${overdue} jobs should have started and could not be sent: the log names each`)
}
