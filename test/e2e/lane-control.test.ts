/** What an operator does to lanes and to a relay that was off. On a stack of its own: others would miss their lane. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { marshall } from '@aws-sdk/util-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StackProcess } from '../../local/run-stack.ts'
import { type Api, apiAt } from './support/api.ts'
import { type Alarm, local, queueName, tableName } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { getJob, jobIs, type Probe, postJob, probeJob } from './support/jobs.ts'
import { type OwnStack, ownStack } from './support/own-stack.ts'
import { outboxItem } from './support/tables.ts'

let own: OwnStack
let stack: StackProcess
let api: Api

beforeAll(async () => {
  own = await ownStack({ startsAgain: true })
  stack = await own.start()
  api = apiAt(stack.apiUrl)
})
afterAll(() => own[Symbol.asyncDispose]())

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

const laneState = async (name: string) => {
  const { body } = await api.get<{ lanes: { name: string; state: string }[] }>('/lanes')
  return body.lanes.find((lane) => lane.name === name)?.state
}
const visible = async (name: string) => {
  const { body } = await api.get<{ lanes: { name: string; visible: number }[] }>('/stats')
  return body.lanes.find((lane) => lane.name === name)?.visible
}
const deadLetters = async (name: string) => {
  const { body } = await api.get<{ lanes: { name: string; dead: number }[] }>('/stats')
  return body.lanes.find((lane) => lane.name === name)?.dead
}
const count = async (key: string) => (await api.get<Probe>(`/probes/${key}`)).body.count

test('a paused lane keeps its jobs, also over a restart; resumed, it loses none; who did it is written down', async () => {
  const note = { pausedBy: expect.any(String), pausedAt: expect.any(String) }
  expect((await api.post('/lanes/default/pause')).body).toEqual({ name: 'default', state: 'paused', ...note })
  const ids = await Promise.all([1, 2, 3].map(() => postJob(probeJob({ key: 'paused' }), api)))
  await eventually(
    'three jobs wait',
    () => visible('default'),
    (waiting) => waiting === 3,
  )
  const held = { status: 'pending', waitingFor: 'paused-lane', waitingOn: { lane: 'default', ...note } }
  expect(await getJob(ids[0] ?? '', api)).toMatchObject(held)
  const { body: pending } = await api.get<{ jobs: { id: string }[] }>('/jobs?status=pending&lane=default')
  expect(new Set(pending.jobs.map(({ id }) => id))).toEqual(new Set(ids))

  await stack.stop()
  stack = await own.start()
  api = apiAt(stack.apiUrl)
  expect(await laneState('default')).toBe('paused')
  expect(await count('paused')).toBe(0)

  expect((await api.post('/lanes/default/resume')).body).toEqual({ name: 'default', state: 'running' })
  await Promise.all(ids.map((id) => jobIs(id, 'succeeded', {}, api)))
  expect(await count('paused')).toBe(3)
  const { body } = await api.get<{ actions: { action: string; detail: string; by: string }[] }>('/actions')
  expect(body.actions.map(({ action, detail }) => `${action} ${detail}`)).toEqual([
    'resume lane default',
    'pause lane default',
  ])
  expect((await api.post('/lanes/no-such-lane/pause')).status).toBe(404)
})

test('what SQS itself gave up stays when the dead are redriven, comes back by a redrive of SQS, and runs once', async () => {
  await api.post('/lanes/default/pause')
  const id = await postJob(probeJob({ key: 'given up' }), api)
  const client = new SQSClient({ endpoint: stack.awsUrl, region: 'us-east-1', credentials })
  const urlOf = async (name: string) =>
    (await client.send(new GetQueueUrlCommand({ QueueName: queueName(name) }))).QueueUrl ?? ''
  const [lane, deadLetters] = [await urlOf('default'), await urlOf('default-dlq')]
  const left = () =>
    client
      .send(new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['All'] }))
      .then(({ Attributes }) => ({
        arn: Attributes?.QueueArn,
        count: Number(Attributes?.ApproximateNumberOfMessages),
      }))
  // As a consumer that cannot start would: it takes the message, and never deletes it.
  const takes = new ReceiveMessageCommand({ QueueUrl: lane, VisibilityTimeout: 0 })
  for (let n = 0; n < 500 && (await left()).count === 0; n++) await client.send(takes)
  await api.post('/lanes/default/resume')

  expect((await api.post('/dead-letters/redrive', { all: true })).body).toEqual({
    matched: 0,
    moved: 0,
    complete: true,
  })
  const { arn, count: kept } = await left()
  expect(kept).toBe(1)
  await client.send(new StartMessageMoveTaskCommand({ SourceArn: arn }))
  await jobIs(id, 'succeeded', {}, api)
  expect(await count('given up')).toBe(1)
  client.destroy()
})

test('a dead job that is redriven onto a paused lane waits there, and its dead letter is gone', async () => {
  const id = await postJob(probeJob({ key: 'dead', permanent: true }, { lane: 'bulk' }), api)
  await jobIs(id, 'dead', {}, api)
  await api.post('/lanes/bulk/pause')
  const { body } = await api.post('/dead-letters/redrive', { ids: [id] })
  expect(body).toEqual({ matched: 1, moved: 1, complete: true })
  expect((await getJob(id, api)).status).toBe('retrying')
  expect(await deadLetters('bulk')).toBe(0)
  await api.post('/lanes/bulk/resume')
  await jobIs(id, 'dead', {}, api)
})

test('what a relay that was off has missed is found in the outbox, sent, counted and alarmed; then it runs once', async () => {
  await local('POST', '/_local/mappings/OutboxRelay-local-relay/disable', undefined, stack.awsUrl)
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString()
  const [missed, fresh] = [outboxItem({ key: 'missed' }, { createdAt: hourAgo }), outboxItem({ key: 'fresh' })]
  for (const item of [missed, fresh]) await put(item)

  expect((await api.post('/reconcile')).status).toBe(202)
  await jobIs(missed.id, 'succeeded', {}, api)
  // It may be on its way: a job is left in peace for half an hour.
  expect((await getJob(fresh.id, api)).status).toBe('pending')
  await eventually('the alarm is in ALARM', alarm, (state) => state === 'ALARM')

  await local('POST', '/_local/mappings/OutboxRelay-local-relay/enable', undefined, stack.awsUrl)
  await jobIs(fresh.id, 'succeeded', {}, api)
  // The stream had the missed one before the fresh one: its second message is through as well.
  expect(await count('missed')).toBe(1)
})

async function alarm(): Promise<string | undefined> {
  const { alarms } = await local<{ alarms: Alarm[] }>('GET', '/_local/alarms', undefined, stack.awsUrl)
  return alarms.find(({ name }) => name.endsWith('-unrelayed'))?.state
}

async function put(item: object): Promise<void> {
  const client = new DynamoDBClient({ endpoint: stack.awsUrl, region: 'us-east-1', credentials })
  await client.send(new PutItemCommand({ TableName: tableName('outbox'), Item: marshall(item) }))
  client.destroy()
}
