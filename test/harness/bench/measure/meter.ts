/** What each step of a job uses, at full batches, as the local AWS endpoint meters it. Input of the cost model. */
import { DynamoDBClient, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { Context, SQSEvent } from 'aws-lambda'
import probe from '../../../../app/jobs/probe.ts'
import { dynamoDb, sqs } from '../../../../functions/aws/clients.ts'
import { ids } from '../../../../functions/aws/ids.ts'
import { request } from '../../../../shared/define/job.ts'
import { itemSize } from '../../../../shared/lib/write.ts'
import { decodeItem } from '../../../../shared/outbox/outbox-item.ts'
import type { Inputs } from '../child.ts'
import { httpEvent, newOrder, newReceipt, outboxItem, queueEvent, streamEvent } from '../events.ts'
import { fill, succeeded } from '../fill.ts'
import { contextFor, cpuOf, type Handler, handlerOf, logCounter } from '../inside.ts'
import { forwardedTable } from '../names.ts'
import { median } from '../statistics.ts'
import { metered, per } from '../usage.ts'
import { powertoolsConsumer, receivedBatch, remove } from './consumer.ts'

/** What one order, job, record or item takes. */
export interface Step {
  readonly writeUnits: number
  readonly readUnits: number
  readonly sqsRequests: number
  readonly logBytes: number
  readonly cpuMs: number
}

export interface Metered {
  /** `POST /orders`, with two jobs. */
  readonly order: Step
  /** `POST /jobs`. */
  readonly accept: Step
  /** A record, in a batch of 100. */
  readonly relay: Step
  /** A job, in a batch of ten that is received, hidden and deleted. */
  readonly consume: Step
  /** A failed attempt, and what it adds to the next. */
  readonly retry: Step
  /** A day of the reconciler, with nothing to read. */
  readonly quietDay: Step
  /** An item that it reads and passes over, beyond that. */
  readonly read: Step
  /** An item that it reads and asks for. */
  readonly look: Step
  /** The writes of an outbox that marks what it has forwarded, and finds the rest by an index, for one job. */
  readonly marked: Step
  /** A job in Powertools' batch processor and idempotency, in the same batch. */
  readonly powertools: Step
  /** Bytes. */
  readonly outboxItem: number
  readonly effect: number
}

const logs = logCounter()
const batch = 10
/** CPU is the median of so many: a collection of garbage, or a compilation, in one of them is not what a job takes. */
const rounds = 11

export async function measure(inputs: Inputs, say: (line: string) => void): Promise<Metered> {
  const { bundles, environments } = inputs
  const load = (name: string) => handlerOf(bundles[name] ?? '', environments[name])
  const api = await load('api')
  const relay = await load('relay')
  const reconciler = await load('reconcile')
  const consumer = await load('consume-default')
  const step = (count: number, work: () => Promise<unknown>) => stepOf(inputs, count, work, inputs.quick ? 2 : rounds)
  const ask = (path: string, body: () => object) => () => api(httpEvent('POST', path, body()), contextFor(20))
  const records = () => streamEvent(Array.from({ length: 100 }, () => outboxItem()))
  // First, while the table has nothing but what it is filled with: these units are shared among just those.
  const { quietDay, read, look } = await reconciled(inputs, reconciler)
  say('reconciler')
  // Code that has not run a while yet takes several times the CPU.
  const warm = inputs.quick ? 5 : 150
  await times(
    warm,
    ask('/orders', () => newOrder),
  )()
  await times(warm, ask('/jobs', newReceipt))()
  await times(inputs.quick ? 1 : 20, () => relay(records(), contextFor(60)))()
  const order = await step(
    20,
    times(
      20,
      ask('/orders', () => newOrder),
    ),
  )
  const accept = await step(20, times(20, ask('/jobs', newReceipt)))
  const sent = await step(
    500,
    times(5, () => relay(records(), contextFor(60))),
  )
  await drain(inputs)
  say('API and relay')
  const consume = await consumed(inputs, (event) => consumer(event, contextFor(15)))
  const peer = powertoolsConsumer()
  const powertools = await consumed(inputs, (event) => peer(event as unknown as SQSEvent, contextFor(15) as Context))
  say('consumers')
  const retry = await retried(inputs, consumer)
  const marked = await step(20, times(20, markedJob))
  const sizes = { outboxItem: itemSize(outboxItem()), effect: itemSize(succeeded(ids.fresh(), new Date())) }
  return { order, accept, relay: sent, consume, retry, quietDay, read, look, marked, powertools, ...sizes }
}

function times(count: number, work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    for (let n = 0; n < count; n++) await work()
  }
}

/** Work of so many jobs, done so often. */
async function stepOf({ gatewayUrl }: Inputs, jobs: number, work: () => Promise<unknown>, times = 1): Promise<Step> {
  logs()
  const cpu: number[] = []
  const used = per(
    await metered(gatewayUrl, async () => {
      for (let n = 0; n < times; n++) cpu.push(await cpuOf(work))
    }),
    jobs * times,
  )
  const { writeUnits, readUnits, sqsRequests } = used
  return { writeUnits, readUnits, sqsRequests, logBytes: logs().bytes / (jobs * times), cpuMs: median(cpu) / jobs }
}

const laneUrl = ({ queues }: Inputs) => queues[`${process.env.POWERTOOLS_SERVICE_NAME}-default`]

async function drain(inputs: Inputs): Promise<void> {
  const { PurgeQueueCommand } = await import('@aws-sdk/client-sqs')
  await sqs().send(new PurgeQueueCommand({ QueueUrl: laneUrl(inputs) }))
}

/** The receive and the delete are the mapping's, and billed to the queue's owner; the sending is the relay's. */
async function consumed(inputs: Inputs, consume: (event: object) => Promise<unknown>): Promise<Step> {
  const client = sqs()
  const [warmUp, batches] = inputs.quick ? [1, 5] : [40, 30]
  const steps: Step[] = []
  for (let n = 0; n < warmUp + batches; n++) {
    const messages = await receivedBatch(client, laneUrl(inputs), batch)
    const step = await stepOf(inputs, batch, async () => {
      await consume(queueEvent(messages))
      await remove(client, laneUrl(inputs), messages)
    })
    // One request more, for the receive.
    if (n >= warmUp) steps.push({ ...step, sqsRequests: step.sqsRequests + 1 / batch })
  }
  return mean(steps)
}

/** A job that fails once, less one that does not. */
async function retried(inputs: Inputs, consumer: Handler): Promise<Step> {
  const run = async (failAttempts: number, attempts: number) => {
    const key = ids.fresh()
    const decoded = decodeItem(outboxItem({ ...request(probe, { key, failAttempts }), id: ids.fresh() }))
    const message = {
      MessageId: ids.fresh(),
      ReceiptHandle: 'none',
      Body: JSON.stringify(decoded.kind === 'envelope' && decoded.envelope),
    }
    return stepOf(
      inputs,
      1,
      times(attempts, () => consumer(queueEvent([message]), contextFor(15))),
    )
  }
  const [failed, healthy] = [await run(1, 2), await run(0, 1)]
  const difference = (of: keyof Step) => failed[of] - healthy[of]
  return {
    ...stepBy(difference),
    // The wait of its own, and the second receive; the hide of a batch is in the second invocation already.
    sqsRequests: 1 + 1 / batch,
    cpuMs: Math.max(0, difference('cpuMs')),
  }
}

/** A day of passes over an empty table, another over a full one, and a pass that asks for every job. */
async function reconciled(inputs: Inputs, reconciler: Handler): Promise<{ quietDay: Step; read: Step; look: Step }> {
  const direct = new DynamoDBClient({
    endpoint: inputs.direct.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  })
  const count = inputs.quick ? 2_000 : 10_000
  // The parts of all hours together are the table. Of what lies there, only a few jobs are at the age of a look.
  const day = async () => {
    for (let hour = 0; hour < 24; hour++)
      await reconciler({ at: new Date(hour * 3_600_000).toISOString() }, contextFor(900))
  }
  await times(5, day)() // warms up, as above
  const quietDay = await stepOf(inputs, 1, day)
  await fill(direct, inputs.environments.reconcile ?? {}, count, { ageHours: 48 })
  const fullDay = await stepOf(inputs, 1, day)
  const look = await stepOf(inputs, count, () => reconciler({}, contextFor(900)))
  const perItem = (of: keyof Step) => Math.max(0, fullDay[of] - quietDay[of]) / count
  return { quietDay, read: stepBy(perItem), look }
}

function stepBy(of: (key: keyof Step) => number): Step {
  return {
    writeUnits: of('writeUnits'),
    readUnits: of('readUnits'),
    sqsRequests: of('sqsRequests'),
    logBytes: of('logBytes'),
    cpuMs: of('cpuMs'),
  }
}

/** An outbox of the other kind: the item is in an index of what is pending, and marked when it was forwarded. */
async function markedJob(): Promise<void> {
  const item = outboxItem()
  await dynamoDb().send(
    new TransactWriteItemsCommand({
      TransactItems: [
        {
          Put: {
            TableName: forwardedTable,
            Item: marshall({ ...item, pending: 'pending' }),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ],
    }),
  )
  await dynamoDb().send(
    new UpdateItemCommand({
      TableName: forwardedTable,
      Key: marshall({ pk: item.pk }),
      UpdateExpression: 'SET forwardedAt = :now REMOVE pending',
      ExpressionAttributeValues: marshall({ ':now': new Date().toISOString() }),
    }),
  )
}

function mean(steps: readonly Step[]): Step {
  const average = (key: keyof Step) => steps.reduce((sum, step) => sum + step[key], 0) / steps.length
  return { ...stepBy(average), cpuMs: median(steps.map(({ cpuMs }) => cpuMs)) }
}
