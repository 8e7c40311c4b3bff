/** The consumer of a lane. The template gives it its own lane only. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import application from '#app/application'
import { registryOf } from '../../shared/define/application.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { ses, sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { laneUrls, mailSender, probes, tableNames } from '../aws/environment.ts'
import { ids } from '../aws/ids.ts'
import { consumerQueue } from '../aws/lane-queues.ts'
import { loggingMailer, sesMailer } from '../aws/mailer.ts'
import { outsideHttp, privateWebhooksAllowed } from '../aws/outside.ts'
import { recordReader } from '../aws/record-reader.ts'
import { stageSecrets } from '../aws/stage-secrets.ts'
import { dynamoStore } from '../aws/store.ts'
import { faultDetails, logger, observeJob, tally } from '../aws/telemetry.ts'
import { laneMessage } from './message.ts'

const [lane] = [...laneUrls().values()]
if (!lane) throw new Error('LANES names no lane; the template sets it, so redeploy the stack.')
const tables = tableNames()
const client = documentClient()
const sender = mailSender()
const services = {
  mail:
    sender === undefined
      ? loggingMailer((message, details) => logger.info(message, details))
      : sesMailer(ses(), sender),
  records: recordReader(client, tables.records),
  http: outsideHttp({ allowPrivate: privateWebhooksAllowed() }),
  secrets: stageSecrets(),
}
const deps = {
  store: dynamoStore(client, tables),
  queue: consumerQueue(sqs(), lane),
  registry: registryOf(application, { probes: probes() }),
  services,
  clock,
  ids,
  lifetimes,
}

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const counts = tally()
  const deadline = Date.now() + context.getRemainingTimeInMillis()
  const returned = await consumeBatch(
    {
      ...deps,
      observe: (happened) => observeJob(counts, happened),
      report: ({ message, error }) =>
        logger.error('message left to come back', { messageId: message.messageId, ...faultDetails(error) }),
    },
    event.Records.map(laneMessage),
    deadline,
  )
  counts.flush()
  return { batchItemFailures: returned.map((itemIdentifier) => ({ itemIdentifier })) }
}
