import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams'
import { SendEmailCommand } from '@aws-sdk/client-ses'
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, test } from 'vitest'
import { allow, functionWith, gatewayOnEngines, model, queue, table } from './support/gateway.ts'

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/outbox/stream/local'
const stack = model({
  tables: [
    table('outbox', {
      indexes: [{ name: 'due', partitionKey: { name: 'due', type: 'S' }, projection: { type: 'ALL' } }],
      streamViewType: 'NEW_IMAGE',
      streamArn,
    }),
    table('effects'),
  ],
  queues: [queue('work')],
  actors: [functionWith('worker', [allow(['dynamodb:*', 'sqs:*', 'ses:*'], '*')])],
})

const { local } = await gatewayOnEngines(stack)
const clients = local.clients('worker')
beforeEach(() => local.send('DELETE', '/_local/usage'))

const calls = async () => (await local.get('/_local/usage')).functions.worker?.calls ?? {}
const item = (pk: string, bytes = 0, more = {}) => ({
  pk: { S: pk },
  ...(bytes ? { d: { S: 'x'.repeat(bytes) } } : {}),
  ...more,
})
const put = (pk: string, bytes = 0, more = {}) => ({ TableName: 'effects', Item: item(pk, bytes), ...more })
const transact = (...TransactItems: object[]) => clients.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }))

describe('writes', () => {
  test('a small put is one unit, and one per started KB', async () => {
    await clients.dynamodb.send(new PutItemCommand(put('a')))
    await clients.dynamodb.send(new PutItemCommand(put('b', 2500)))
    expect(await calls()).toEqual({ 'dynamodb.PutItem': { count: 2, writeUnits: 4 } })
  })

  test('a failed conditional put is billed: one unit, or the size of the item it met', async () => {
    const ifNew = { ConditionExpression: 'attribute_not_exists(pk)' }
    await clients.dynamodb.send(new PutItemCommand(put('taken', 2500)))
    await local.send('DELETE', '/_local/usage')
    await expect(clients.dynamodb.send(new PutItemCommand(put('taken', 0, ifNew)))).rejects.toThrow()
    expect(await calls()).toEqual({ 'dynamodb.PutItem': { count: 1, writeUnits: 1 } })
    const andSee = { ...ifNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }
    await expect(clients.dynamodb.send(new PutItemCommand(put('taken', 0, andSee)))).rejects.toThrow()
    expect(await calls()).toEqual({ 'dynamodb.PutItem': { count: 2, writeUnits: 4 } })
  })

  test('a request that is invalid or refused costs nothing', async () => {
    await expect(clients.dynamodb.send(new PutItemCommand({ TableName: 'effects', Item: {} }))).rejects.toThrow()
    expect(await calls()).toEqual({ 'dynamodb.PutItem': { count: 1 } })
  })

  test('index entries that appear, change or go are writes of their own', async () => {
    const indexed = (due?: string) =>
      clients.dynamodb.send(
        new PutItemCommand({ TableName: 'outbox', Item: item('i', 0, due ? { due: { S: due } } : {}) }),
      )
    await indexed()
    expect((await calls())['dynamodb.PutItem'].writeUnits).toBe(1)
    await indexed('1')
    expect((await calls())['dynamodb.PutItem'].writeUnits).toBe(3)
    await indexed('2')
    expect((await calls())['dynamodb.PutItem'].writeUnits).toBe(6)
    await clients.dynamodb.send(new DeleteItemCommand({ TableName: 'outbox', Key: item('i') }))
    expect((await calls())['dynamodb.DeleteItem'].writeUnits).toBe(2)
  })

  test('an update costs the whole item', async () => {
    await clients.dynamodb.send(new PutItemCommand(put('u', 2500)))
    const change = { UpdateExpression: 'SET z = :z', ExpressionAttributeValues: { ':z': { S: 'z' } } }
    await clients.dynamodb.send(new UpdateItemCommand({ TableName: 'effects', Key: item('u'), ...change }))
    expect((await calls())['dynamodb.UpdateItem']).toEqual({ count: 1, writeUnits: 3 })
  })

  test('a batch is the sum of its puts', async () => {
    const requests = ['x', 'y', 'z'].map((pk) => ({ PutRequest: { Item: item(pk) } }))
    await clients.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { effects: requests } }))
    expect(await calls()).toEqual({ 'dynamodb.BatchWriteItem': { count: 1, writeUnits: 3 } })
  })
})

describe('transactions', () => {
  test('two small items are four write units', async () => {
    await transact({ Put: put('t1') }, { Put: put('t2') })
    expect(await calls()).toEqual({ 'dynamodb.TransactWriteItems': { count: 1, writeUnits: 4 } })
  })

  test('every started KB counts twice, over several tables, and index entries once', async () => {
    await transact(
      { Put: put('t3', 1500) },
      { Put: { TableName: 'outbox', Item: item('t4', 0, { due: { S: '1' } }) } },
      { ConditionCheck: { TableName: 'effects', Key: item('t5'), ConditionExpression: 'attribute_not_exists(pk)' } },
    )
    expect(await calls()).toEqual({ 'dynamodb.TransactWriteItems': { count: 1, writeUnits: 4 + 3 + 2 } })
  })

  test('a cancelled transaction is billed', async () => {
    await transact({ Put: put('t6') })
    await local.send('DELETE', '/_local/usage')
    const again = transact(
      { Put: put('t6', 0, { ConditionExpression: 'attribute_not_exists(pk)' }) },
      { Put: put('t7') },
    )
    await expect(again).rejects.toThrow()
    expect(await calls()).toEqual({ 'dynamodb.TransactWriteItems': { count: 1, writeUnits: 4 } })
  })

  test('the same client token again only reads', async () => {
    const once = new TransactWriteItemsCommand({ TransactItems: [{ Put: put('t8') }], ClientRequestToken: 'token-1' })
    await clients.dynamodb.send(once)
    await clients.dynamodb.send(once)
    expect(await calls()).toEqual({ 'dynamodb.TransactWriteItems': { count: 2, writeUnits: 2, readUnits: 2 } })
  })

  test('a transactional read is two units per item', async () => {
    const TransactItems = ['t1', 't2'].map((pk) => ({ Get: { TableName: 'effects', Key: item(pk) } }))
    await clients.dynamodb.send(new TransactGetItemsCommand({ TransactItems }))
    expect(await calls()).toEqual({ 'dynamodb.TransactGetItems': { count: 1, readUnits: 4 } })
  })
})

describe('reads', () => {
  test('half a unit when eventually consistent, one when strongly; also when nothing is found', async () => {
    const read = { TableName: 'effects', Key: item('nobody') }
    await clients.dynamodb.send(new GetItemCommand(read))
    await clients.dynamodb.send(new GetItemCommand({ ...read, ConsistentRead: true }))
    expect(await calls()).toEqual({ 'dynamodb.GetItem': { count: 2, readUnits: 1.5 } })
    const nothing = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'nobody' } } }
    await clients.dynamodb.send(new QueryCommand({ TableName: 'effects', ...nothing }))
    expect((await calls())['dynamodb.Query']).toEqual({ count: 1, readUnits: 0.5 })
  })

  test('streams are free for Lambda', async () => {
    await clients.streams.send(new DescribeStreamCommand({ StreamArn: streamArn }))
    expect(await calls()).toEqual({ 'dynamodbstreams.DescribeStream': { count: 1 } })
  })
})

describe('SQS', () => {
  const QueueUrl = stack.queues[0]?.url

  test('64 KiB are one request, a batch counts by its sum, an empty receive is one', async () => {
    const { sqs } = clients
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(65 * 1024) }))
    const Entries = [1, 2, 3].map((n) => ({ Id: String(n), MessageBody: 'x'.repeat(50 * 1024) }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    const receipts = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: receipts }))
    expect(await calls()).toEqual({
      'sqs.ReceiveMessage': { count: 2, requestUnits: 1 + 4 },
      'sqs.SendMessage': { count: 2, requestUnits: 1 + 2 },
      'sqs.SendMessageBatch': { count: 1, requestUnits: 3 },
      'sqs.DeleteMessageBatch': { count: 1, requestUnits: 1 },
    })
  })
})

test('SES counts recipients', async () => {
  const Message = { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } }
  const Destination = { ToAddresses: ['a@example.org', 'b@example.org'] }
  await clients.ses.send(new SendEmailCommand({ Source: 'shop@example.com', Destination, Message }))
  expect(await calls()).toEqual({ 'ses.SendEmail': { count: 1, requestUnits: 2 } })
})

test('calls of a poller count under its function, calls of an operator not at all', async () => {
  await local.clients().dynamodb.send(new PutItemCommand(put('op')))
  expect((await local.get('/_local/usage')).functions).toEqual({})
  await local.clients('worker', 'mapping').sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.queues[0]?.url }))
  expect(await calls()).toEqual({ 'sqs.ReceiveMessage': { count: 1, requestUnits: 1 } })
})

test('invocations and their durations are summed', async () => {
  local.usage.invocation('worker', 120)
  local.usage.invocation('worker', 30)
  expect((await local.get('/_local/usage')).functions.worker).toMatchObject({ invocations: 2, durationMs: 150 })
})
