/** Batches of ten jobs: the bundled consumer; Powertools' batch processor and idempotency around the same job; and the calls of the consumer alone. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency'
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb'
import { Logger } from '@aws-lambda-powertools/logger'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda'
import sendReceipt from '../../../../app/jobs/send-receipt.ts'
import { dynamoDb, sqs } from '../../../../functions/aws/clients.ts'
import { documentClient } from '../../../../functions/aws/document-client.ts'
import { tableNames } from '../../../../functions/aws/environment.ts'
import { ids } from '../../../../functions/aws/ids.ts'
import { loggingMailer } from '../../../../functions/aws/mailer.ts'
import { dynamoStore } from '../../../../functions/aws/store.ts'
import type { Services } from '../../../../shared/define/services.ts'
import { claimWrite } from '../../../../shared/execution/effect/claim-writes.ts'
import { completeWrite } from '../../../../shared/execution/effect/end-writes.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import { encodeMessage } from '../../../../shared/outbox/message.ts'
import { decodeItem } from '../../../../shared/outbox/outbox-item.ts'
import type { Inputs } from '../child.ts'
import { outboxItem, queueEvent, type Received } from '../events.ts'
import { callCounter, contextFor, cpuOf, handlerOf, timed } from '../inside.ts'
import { idempotencyTable } from '../names.ts'
import { contest, inTurn } from '../rounds.ts'

export interface ConsumerRound {
  readonly perSecond: number
  readonly callsPerJob: number
  /** CPU ms per job. */
  readonly cpu: number
}
type Contender = 'consumer' | 'powertools' | 'floor'
export type ConsumerResult = Readonly<Record<Contender, readonly ConsumerRound[]>>

interface Sum {
  ms: number
  cpu: number
  calls: number
}
const nothing = (): Sum => ({ ms: 0, cpu: 0, calls: 0 })

const batchSize = 10

export function powertoolsConsumer(): (event: SQSEvent, context: Context) => Promise<unknown> {
  const logger = new Logger()
  const services = { mail: loggingMailer((message, details) => logger.info(message, details)) } as Services
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: idempotencyTable,
    keyAttr: 'pk',
    awsSdkV3Client: dynamoDb(),
  })
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'id' })
  const once = makeIdempotent(
    async ({ id, payload }: { id: string; payload: unknown }) => {
      const context = { services, effectKey: id, signal: new AbortController().signal }
      await sendReceipt.run(sendReceipt.schema.parse(payload), context as never)
      return { id }
    },
    { persistenceStore, config },
  )
  const processor = new BatchProcessor(EventType.SQS)
  return (event, context) => {
    config.registerLambdaContext(context)
    return processPartialResponse(event, (record: SQSRecord) => once(JSON.parse(record.body)), processor, { context })
  }
}

/** The calls that a batch needs by this design, with nothing around them: what is hidden, each job claimed and completed. */
function bareConsumer(client: ReturnType<typeof sqs>, QueueUrl: string | undefined) {
  const store = dynamoStore(documentClient(), tableNames())
  const expiresAt = Math.ceil(Date.now() / 1000) + lifetimes.effect
  const once = async () => {
    const [jobId, owner, now] = [ids.fresh(), ids.fresh(), new Date()]
    const lease = { leaseUntil: now.getTime() + 16_000, maxAttempts: 5, onCrash: 'retry' as const }
    await store.write(claimWrite({ jobId, type: 'send-receipt', lane: 'default', owner, now, ...lease, expiresAt }))
    await store.write(completeWrite({ jobId, owner, now, expiresAt }))
  }
  return async ({ Records }: SQSEvent) => {
    const Entries = Records.map(({ receiptHandle }, i) => ({
      Id: String(i),
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: 17,
    }))
    const hidden = client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
    await Promise.all([hidden, ...Records.map(once)])
  }
}

export async function measure(
  { bundles, queues, quick }: Inputs,
  say: (line: string) => void,
): Promise<ConsumerResult> {
  const handler = await handlerOf(bundles['consume-default'] ?? '')
  const client = sqs()
  const calls = callCounter()
  const QueueUrl = queues[`${process.env.POWERTOOLS_SERVICE_NAME}-default`]
  const peer = powertoolsConsumer()
  const bare = bareConsumer(client, QueueUrl)
  const contenders: Record<Contender, (event: SQSEvent) => Promise<unknown>> = {
    consumer: (event) => handler(event, contextFor(15)),
    powertools: (event) => peer(event, contextFor(15) as Context),
    floor: bare,
  }
  const [rounds, batches] = quick ? [2, 10] : [5, 60]
  const jobs = batches * batchSize
  return contest(rounds, say, async () => {
    const sums = { consumer: nothing(), powertools: nothing(), floor: nothing() }
    for (let n = 0; n < batches; n++) {
      for (const name of inTurn(['consumer', 'powertools', 'floor'] as const, n)) {
        const messages = await receivedBatch(client, QueueUrl, batchSize)
        calls()
        const sum = sums[name]
        sum.cpu += await cpuOf(async () => {
          sum.ms += await timed(() => complete(contenders[name], messages))
        })
        sum.calls += Object.values(calls()).reduce((total, count) => total + count, 0)
        await remove(client, QueueUrl, messages)
      }
    }
    const roundOf = ({ ms, cpu, calls: made }: Sum) => ({
      perSecond: (jobs / ms) * 1000,
      callsPerJob: made / jobs,
      cpu: cpu / jobs,
    })
    return { consumer: roundOf(sums.consumer), powertools: roundOf(sums.powertools), floor: roundOf(sums.floor) }
  })
}

async function complete(consume: (event: SQSEvent) => Promise<unknown>, messages: readonly Received[]): Promise<void> {
  const answer = await consume(queueEvent(messages) as unknown as SQSEvent)
  const { batchItemFailures = [] } = (answer ?? {}) as { batchItemFailures?: unknown[] }
  if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} jobs were returned`)
}

/** Sends new jobs to the lane, and takes them as its mapping would. */
export async function receivedBatch(client: ReturnType<typeof sqs>, QueueUrl: string | undefined, size: number) {
  const Entries = Array.from({ length: size }, (_, i) => {
    const decoded = decodeItem(outboxItem())
    return { Id: String(i), MessageBody: encodeMessage(decoded.kind === 'envelope' ? decoded.envelope : {}) }
  })
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const messages: Received[] = []
  while (messages.length < size) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: size - messages.length, WaitTimeSeconds: 5 }),
    )
    messages.push(...Messages)
  }
  return messages
}

export async function remove(client: ReturnType<typeof sqs>, QueueUrl: string | undefined, messages: Received[]) {
  const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
  await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
}
