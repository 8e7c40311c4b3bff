/** The reconciler, every few hours. */
import type { Context } from 'aws-lambda'
import { registryOf } from '../../app/registry.ts'
import { reconcile } from '../../shared/reconcile.ts'
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
  registry: registryOf({ probes: probes() }),
  sender: laneSender(sqs(), laneUrls()),
  scan: outboxScan(client, tables.outbox),
  effects: batchReader(client, tables).effects,
  clock,
}

/** Parts of the table that are read side by side. */
const segments = 4

/** Kept free at the end, in ms. */
const reserve = 10_000

export async function handler(_event: unknown, context: Context): Promise<void> {
  const counts = tally()
  let unrelayed = 0
  const observe = ({ envelope }: { envelope: { id: string; lane: string; type: string } }) => {
    logger.error('job was not relayed; sent again', { job: envelope.id, type: envelope.type, lane: envelope.lane })
    counts.count(envelope, 'unrelayed')
    unrelayed++
  }
  const until = Date.now() + context.getRemainingTimeInMillis() - reserve
  const result = await reconcile({ ...deps, observe }, segments, until).finally(() => {
    // Also of a run that broke off: what it sent again must not go unheard.
    counts.flush()
    total('unrelayed', unrelayed)
  })
  logger.info('reconciled', { ...result })
  if (!result.complete)
    throw new Error(`The outbox is too large to reconcile in one run (${result.scanned} items read); raise segments.`)
}
