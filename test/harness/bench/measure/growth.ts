/** Time and units per job, as tables, requests and groups grow. Through the meter, which adds the same to each call. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { sqs } from '../../../../functions/aws/clients.ts'
import type { Inputs } from '../child.ts'
import { httpEvent, newReceipt, outboxItem, queueEvent, receiptJob, streamEvent } from '../events.ts'
import { fill } from '../fill.ts'
import { contextFor, cpuOf, type Handler, handlerOf, timed } from '../inside.ts'
import { median } from '../statistics.ts'
import { metered, per } from '../usage.ts'
import { receivedBatch, remove } from './consumer.ts'

export interface Point {
  /** Jobs there, jobs in a request, groups in a batch, or items read. */
  readonly at: number
  /** ms per job. */
  readonly ms: number
  /** CPU of the function, ms per job. */
  readonly cpu: number
  readonly writeUnits: number
  readonly readUnits: number
  readonly sqsRequests: number
}
export type Growth = Readonly<Record<'accept' | 'consume' | 'request' | 'groups' | 'reconcile', readonly Point[]>>

export async function measure(inputs: Inputs, say: (line: string) => void): Promise<Growth> {
  const { bundles, environments, quick } = inputs
  const load = (name: string) => handlerOf(bundles[name] ?? '', environments[name])
  const api = await load('api')
  const relayOrdered = await load('relay-ordered')
  const reconciler = await load('reconcile')
  const consumer = await load('consume-default')
  const direct = new DynamoDBClient({
    endpoint: inputs.direct.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  })
  const growth = { accept: [] as Point[], consume: [] as Point[], reconcile: [] as Point[] }
  let there = 0
  for (const level of quick ? [100, 1_000] : [100, 1_000, 10_000, 100_000]) {
    await fill(direct, environments.reconcile ?? {}, level - there, { ageHours: 2 }, say)
    there = level
    growth.accept.push(await accepted(inputs, api, level))
    growth.consume.push(await consumed(inputs, consumer, level))
    growth.reconcile.push(await reconciled(inputs, reconciler, level))
    say(`${level.toLocaleString('en')} jobs`)
  }
  const request: Point[] = []
  for (const size of [1, 3, 10, 30, 100]) request.push(await requested(inputs, api, size))
  const groups: Point[] = []
  for (const count of [1, 10, 100, 1_000]) groups.push(await grouped(inputs, relayOrdered, count))
  return { ...growth, request, groups }
}

async function accepted(inputs: Inputs, api: Handler, at: number): Promise<Point> {
  return pointOf(inputs, at, 1, 40, () => api(httpEvent('POST', '/jobs', newReceipt()), contextFor(20)))
}

async function requested(inputs: Inputs, api: Handler, size: number): Promise<Point> {
  const body = () => ({ jobs: Array.from({ length: size }, newReceipt) })
  return pointOf(inputs, size, size, 9, () => api(httpEvent('POST', '/job-batches', body()), contextFor(20)))
}

async function grouped(inputs: Inputs, relay: Handler, count: number): Promise<Point> {
  const records = 1_000
  const items = Array.from({ length: records }, (_, n) => outboxItem(receiptJob(`group-${n % count}`)))
  const batches = Array.from({ length: 10 }, (_, n) => streamEvent(items.slice(n * 100, n * 100 + 100)))
  let next = 0
  return pointOf(inputs, count, 100, batches.length, () => relay(batches[next++], contextFor(60)))
}

async function consumed(inputs: Inputs, consumer: Handler, at: number): Promise<Point> {
  const client = sqs()
  const QueueUrl = inputs.queues[`${process.env.POWERTOOLS_SERVICE_NAME}-default`]
  const batches = await Promise.all(Array.from({ length: 5 }, () => receivedBatch(client, QueueUrl, 10)))
  let next = 0
  const point = await pointOf(inputs, at, 10, batches.length, () =>
    consumer(queueEvent(batches[next++] ?? []), contextFor(15)),
  )
  for (const messages of batches) await remove(client, QueueUrl, messages)
  return point
}

async function reconciled(inputs: Inputs, reconciler: Handler, at: number): Promise<Point> {
  return pointOf(inputs, at, at, at > 10_000 ? 1 : 3, () => reconciler({ everything: true }, contextFor(900)))
}

/** Does something some times, each time for so many jobs. */
async function pointOf(
  { gatewayUrl }: Inputs,
  at: number,
  jobs: number,
  times: number,
  work: () => Promise<unknown>,
): Promise<Point> {
  const took: number[] = []
  const cpu: number[] = []
  const used = await metered(gatewayUrl, async () => {
    for (let n = 0; n < times; n++) cpu.push(await cpuOf(async () => took.push(await timed(work))))
  })
  return { at, ms: median(took) / jobs, cpu: median(cpu) / jobs, ...per(used, jobs * times) }
}
