/** Engines, a hand-made model and a fake function for the tests of the event source mappings. */
import { setTimeout as delay } from 'node:timers/promises'
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import type { Mappings } from '../../mappings/start.ts'
import { startMappings } from '../../mappings/start.ts'
import type { Queue, QueueMapping, StackModel, StreamMapping } from '../../model.ts'
import type { InvokeResult } from '../../types.ts'
import { startFront } from './front.ts'
import { sharedDynamoDb } from './shared-dynamodb.ts'

const REGION = 'us-east-1'
const credentials = { accessKeyId: 'operator', secretAccessKey: 'local' }

export const FUNCTION = { name: 'worker', arn: `arn:aws:lambda:${REGION}:000000000000:function:worker` }

/** Tables on DynamoDB Local. */
export async function startTables() {
  const { endpoint, accessKeyId } = sharedDynamoDb()
  const credentials = { accessKeyId, secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials })
  const streams = new DynamoDBStreamsClient({ endpoint, region: REGION, credentials })
  const front = await startFront(endpoint, accessKeyId)
  let tables = 0
  return {
    front,
    client,
    /** A table with a stream of new images, `pk` and `sk` being its key. */
    async create() {
      tables += 1
      const TableName = `table-${tables}`
      const { TableDescription } = await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        }),
      )
      const put = async (sk: string, more: Record<string, unknown> = {}) => {
        await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { S: sk }, ...more } as never }))
      }
      const streamArn = TableDescription?.LatestStreamArn ?? ''
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }))
      // The engine counts through all its streams.
      const firstNumber = Number(StreamDescription?.Shards?.[0]?.SequenceNumberRange?.StartingSequenceNumber)
      return { streamArn, firstNumber, put }
    },
    async stop() {
      await front.stop()
      client.destroy()
      streams.destroy()
    },
  }
}

/** fauxqs in this process, in memory. */
export async function startQueues() {
  const engine = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false })
  const endpoint = `http://127.0.0.1:${engine.port}`
  const client = new SQSClient({ endpoint, region: REGION, credentials, useQueueUrlAsEndpoint: false })
  const front = await startFront(endpoint)
  let queues = 0
  return {
    front,
    client,
    async create(attributes: Record<string, string> = {}): Promise<Queue> {
      queues += 1
      const fifo = attributes.FifoQueue === 'true'
      const name = `queue-${queues}${fifo ? '.fifo' : ''}`
      const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
      const arn = `arn:aws:sqs:${REGION}:000000000000:${name}`
      return { logicalId: name, name, arn, url: QueueUrl, fifo, attributes, policy: [] }
    },
    /** A call that came in at another front. */
    async forward(operation: string, body: Record<string, unknown>) {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: (await answer.json()) as unknown }
    },
    async counts({ url }: Queue): Promise<{ visible: number; inFlight: number }> {
      const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] })
      const { Attributes = {} } = await client.send(command)
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      }
    },
    async stop() {
      await front.stop()
      client.destroy()
      await engine.stop()
    },
  }
}

export interface Received {
  readonly Records: readonly Record<string, unknown>[]
}

/** A function that answers as told and remembers every event. */
export function fakeFunction(answer: (event: Received, call: number) => unknown = () => undefined) {
  const events: Received[] = []
  return {
    events,
    invoke: async (_name: string, event: unknown): Promise<InvokeResult> => {
      const received = event as Received
      events.push(received)
      const given = await answer(received, events.length)
      return isResult(given) ? given : { ok: true, payload: given, durationMs: 1 }
    },
  }
}

function isResult(given: unknown): given is InvokeResult {
  return typeof given === 'object' && given !== null && 'ok' in given && 'durationMs' in given
}

export function failed(reason: Exclude<InvokeResult, { ok: true }>['reason'] = 'error'): InvokeResult {
  return { ok: false, reason, errorType: 'Error', errorMessage: 'told to fail', durationMs: 1 }
}

export function streamMapping(streamArn: string, more: Partial<StreamMapping> = {}): StreamMapping {
  return {
    kind: 'stream',
    logicalId: 'StreamMapping',
    functionName: FUNCTION.name,
    enabled: true,
    batchSize: 100,
    windowSeconds: 0,
    reportBatchItemFailures: true,
    filters: [],
    streamArn,
    startingPosition: 'TRIM_HORIZON',
    parallelizationFactor: 1,
    bisectOnError: false,
    maximumRetries: -1,
    maximumRecordAgeSeconds: -1,
    ...more,
  }
}

export function queueMapping(queue: Queue, more: Partial<QueueMapping> = {}): QueueMapping {
  return {
    kind: 'queue',
    logicalId: 'QueueMapping',
    functionName: FUNCTION.name,
    enabled: true,
    batchSize: 10,
    windowSeconds: 0,
    reportBatchItemFailures: true,
    filters: [],
    queueArn: queue.arn,
    ...more,
  }
}

export interface Started extends Mappings {
  readonly lines: string[]
  readonly points: { namespace: string; name: string; value: number; dimensions: Readonly<Record<string, string>> }[]
}

/** Starts mappings; pauses between tries are short. */
export async function start(
  gatewayUrl: string,
  mappings: StackModel['mappings'],
  functions: Parameters<typeof startMappings>[0]['functions'],
  { dataDir, queues = [] }: { dataDir: string; queues?: readonly Queue[] },
): Promise<Started> {
  const lines: string[] = []
  const points: Started['points'] = []
  const model: StackModel = {
    stackName: 'test',
    accountId: '000000000000',
    region: REGION,
    tables: [],
    queues,
    topics: [],
    keys: [],
    functions: [FUNCTION as never],
    roles: [],
    mappings,
    apis: [],
    schedules: [],
    alarms: [],
    outputs: {},
  }
  const started = await startMappings({
    model,
    gatewayUrl,
    functions,
    dataDir,
    log: (source, line) => lines.push(`${source}: ${line}`),
    metrics: { put: (point) => points.push(point) },
    timing: { backoff: { base: 5, cap: 50 } },
  })
  return { ...started, lines, points }
}

/** Awaits a condition; fails with a clear word if it never comes true. */
export async function until(condition: () => unknown, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for: ${condition}`)
    await delay(20)
  }
}
