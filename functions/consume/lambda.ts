/** The consumer of a lane. The template gives it its own lane only. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { tracing } from '#tracing'
import { registryOf } from '../../shared/define/application.ts'
import { consumeBatch } from '../../shared/execution/batch.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import { createLimiter } from '../../shared/execution/rate-limit/limiter.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { env } from '../../shared/lib/names.ts'
import type { JobEvent } from '../../shared/lib/ports.ts'
import { application } from '../application.ts'
import { ses, sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { laneUrls, mailSender, probes, required, tableNames } from '../aws/environment.ts'
import { ids } from '../aws/ids.ts'
import { consumerQueue } from '../aws/lane-queues.ts'
import { loggingMailer, sesMailer } from '../aws/mailer.ts'
import { outsideHttp, privateWebhooksAllowed } from '../aws/outside.ts'
import { recordReader } from '../aws/record-reader.ts'
import { stageSecrets } from '../aws/stage-secrets.ts'
import { dynamoStore } from '../aws/store.ts'
import { faultDetails, laneOutcomes, logger, observeJob, tally } from '../aws/telemetry.ts'
import { laneMessage } from './message.ts'

const registry = registryOf(application, { probes: probes() })
const laneName = required(env.lane)
const lane = registry.lanes.get(laneName)
if (!lane) throw new Error(`The application has no lane "${laneName}", which LANE names; redeploy the stack.`)
const [urls] = laneUrls([lane]).values()
const isBreaking = lane.circuitBreaker !== undefined
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
const store = dynamoStore(client, tables)
const deps = {
  store,
  // For all invocations of the process: it knows how far each limit was when it saw it last.
  limiter: createLimiter({ store, clock }),
  queue: consumerQueue(sqs(), urls!),
  registry,
  services,
  clock,
  ids,
  lifetimes,
}

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const counts = tally()
  const events: JobEvent[] = []
  const deadline = Date.now() + context.getRemainingTimeInMillis()
  const invocation: ConsumerDeps = {
    ...deps,
    observe: (happened) => {
      observeJob(counts, happened)
      events.push(happened)
    },
    report: ({ message, error }) =>
      logger.error('message left to come back', { messageId: message.messageId, ...faultDetails(error) }),
  }
  const consumer = tracing.consumer(invocation, urls!.queueUrl)
  const returned = await consumeBatch(consumer, event.Records.map(laneMessage), deadline)
  counts.flush()
  if (isBreaking) laneOutcomes(laneName, events)
  await tracing.flush(deadline)
  return { batchItemFailures: returned.map((itemIdentifier) => ({ itemIdentifier })) }
}
