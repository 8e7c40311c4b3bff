import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { accessKeyId } from '../types.ts'
import { alarm } from './support/alarms.ts'
import { allow, functionWith, gatewayOnEngines, model, queue, REGION, table } from './support/gateway.ts'

const app = functionWith('app', [allow(['dynamodb:*', 'sqs:*'], '*'), allow('cloudwatch:GetMetricData', '*')])
const stack = model({
  tables: [table('items')],
  queues: [queue('jobs')],
  alarms: [alarm({ name: 'Test-dead' }), alarm({ name: 'Test-late' })],
  actors: [app],
})

const { local } = await gatewayOnEngines(stack)

const client = (functionName?: string) =>
  new CloudWatchClient({
    endpoint: local.gateway.url,
    region: REGION,
    credentials: {
      accessKeyId: functionName ? accessKeyId({ kind: 'function', functionName }) : 'operator',
      secretAccessKey: 'x',
    },
    maxAttempts: 1,
  })

type Dimensions = Readonly<Record<string, string>>
const query = (
  Id: string,
  Namespace: string,
  MetricName: string,
  dimensions: Dimensions,
  Stat = 'Sum',
  Period = 60,
) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period,
    Stat,
  },
})

describe('GetMetricData', () => {
  const start = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 600_000)
  const put = (minute: number, value: number) =>
    local.metrics.put({
      namespace: 'App',
      name: 'Took',
      dimensions: { lane: 'bulk' },
      value,
      at: start.getTime() + minute * 60_000,
    })

  test('gives one value a period that has data, newest first or oldest first', async () => {
    put(0, 10)
    put(2, 30)
    put(2.5, 50)
    const ask = (ScanBy?: 'TimestampAscending') =>
      client().send(
        new GetMetricDataCommand({
          StartTime: start,
          EndTime: new Date(start.getTime() + 600_000),
          MetricDataQueries: [
            query('a', 'App', 'Took', { lane: 'bulk' }),
            query('p', 'App', 'Took', { lane: 'bulk' }, 'p99', 600),
            query('none', 'App', 'Took', { lane: 'urgent' }),
          ],
          ScanBy,
        }),
      )
    const third = new Date(start.getTime() + 120_000)
    expect((await ask()).MetricDataResults).toEqual([
      { Id: 'a', Label: 'Took', StatusCode: 'Complete', Timestamps: [third, start], Values: [80, 10] },
      { Id: 'p', Label: 'Took', StatusCode: 'Complete', Timestamps: [start], Values: [50] },
      { Id: 'none', Label: 'Took', StatusCode: 'Complete', Timestamps: [], Values: [] },
    ])
    expect((await ask('TimestampAscending')).MetricDataResults?.[0]?.Values).toEqual([10, 80])
  })

  test('has no metric math, and says so', async () => {
    const asked = client().send(
      new GetMetricDataCommand({
        StartTime: start,
        EndTime: new Date(),
        MetricDataQueries: [{ Id: 'e', Expression: 'm1 + m2' }],
      }),
    )
    await expect(asked).rejects.toThrow('only MetricStat is emulated')
  })
})

test('what functions consume of tables and queues is metered under the names that AWS gives it', async () => {
  const { dynamodb, sqs } = local.clients('app')
  const QueueUrl = local.queueUrl('jobs')
  const Item = { pk: { S: 'a' } }
  await dynamodb.send(new PutItemCommand({ TableName: 'items', Item }))
  await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: 'items', Item } }] }))
  await dynamodb.send(new GetItemCommand({ TableName: 'items', Key: Item }))
  const Entries = ['1', '2', '3'].map((Id) => ({ Id, MessageBody: 'x' }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }))

  const { MetricDataResults = [] } = await client('app').send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 120_000),
      EndTime: new Date(Date.now() + 1_000),
      MetricDataQueries: [
        query('written', 'AWS/DynamoDB', 'ConsumedWriteCapacityUnits', { TableName: 'items' }, 'Sum', 300),
        query('read', 'AWS/DynamoDB', 'ConsumedReadCapacityUnits', { TableName: 'items' }, 'Sum', 300),
        query('sent', 'AWS/SQS', 'NumberOfMessagesSent', { QueueName: 'jobs' }, 'Sum', 300),
        query('received', 'AWS/SQS', 'NumberOfMessagesReceived', { QueueName: 'jobs' }, 'Sum', 300),
        query('empty', 'AWS/SQS', 'NumberOfEmptyReceives', { QueueName: 'jobs' }, 'Sum', 300),
        query('deleted', 'AWS/SQS', 'NumberOfMessagesDeleted', { QueueName: 'jobs' }, 'Sum', 300),
      ],
    }),
  )
  expect(Object.fromEntries(MetricDataResults.map(({ Id, Values }) => [Id, Values?.[0]]))).toEqual({
    written: 3,
    read: 0.5,
    sent: 3,
    received: 3,
    empty: 1,
    deleted: 1,
  })
})

describe('DescribeAlarms', () => {
  const since = '2026-11-25T03:00:00.000Z'
  const status = (name: string, state: string) => ({ name, state, description: `About ${name}`, reason: 'Why', since })

  test('is busy until the alarms are there, then tells them by prefix and state', async () => {
    const ask = (input: object) => client().send(new DescribeAlarmsCommand(input))
    await expect(ask({})).rejects.toThrow('The stack is still starting.')
    local.gateway.attachAlarms(async () => [status('Test-dead', 'ALARM'), status('Test-late', 'OK')])
    const { MetricAlarms = [] } = await ask({ AlarmNamePrefix: 'Test-' })
    expect(MetricAlarms.map(({ AlarmName, StateValue }) => [AlarmName, StateValue])).toEqual([
      ['Test-dead', 'ALARM'],
      ['Test-late', 'OK'],
    ])
    expect(MetricAlarms[0]).toMatchObject({
      AlarmDescription: 'About Test-dead',
      StateReason: 'Why',
      StateTransitionedTimestamp: new Date(since),
    })
    expect((await ask({ StateValue: 'ALARM' })).MetricAlarms).toHaveLength(1)
    expect((await ask({ AlarmNamePrefix: 'Other' })).MetricAlarms).toEqual([])
  })

  test('is refused to a function whose role does not allow it', async () => {
    await expect(client('app').send(new DescribeAlarmsCommand({}))).rejects.toThrow(
      'is not authorized to perform: cloudwatch:DescribeAlarms',
    )
  })
})

test('metrics are kept for a day, by the minute once no alarm looks at them any more', () => {
  const metrics = createMetrics()
  const series = { namespace: 'App', name: 'Took', dimensions: {} }
  const hourAgo = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000
  for (let i = 0; i < 3000; i += 1) metrics.put({ ...series, value: 100 + (i % 2) * 0.01, at: hourAgo + i * 10 })
  const kept = metrics.query(series, hourAgo - 1, Date.now())
  expect(kept.length).toBeLessThan(1001)
  expect(kept.reduce((sum, { count }) => sum + count, 0)).toBe(3000)
  expect(kept[0]).toMatchObject({ at: hourAgo, value: 100 })
})
