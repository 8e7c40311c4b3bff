import { crc32 } from 'node:zlib'
import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams'
import { describe, expect, test } from 'vitest'
import { accessKeyId } from '../types.ts'
import { allow, functionWith, gatewayFor, gatewayOnEngines, model, table } from './support/gateway.ts'

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/outbox/stream/local'
const outbox = table('outbox', { streamViewType: 'NEW_IMAGE', streamArn })
const writer = functionWith('writer', [allow('dynamodb:*', '*')])
const stack = model({ tables: [outbox, table('plain')], actors: [writer] })

const { engines, local } = await gatewayOnEngines(stack)

const put = (pk: string, more = {}) => new PutItemCommand({ TableName: 'plain', Item: { pk: { S: pk } }, ...more })

test('items pass unchanged', async () => {
  const Item = {
    pk: { S: 'ä€𝄞' },
    n: { N: '12345678901234567890.123' },
    b: { B: new Uint8Array([0, 255]) },
    l: { L: [{ NULL: true }] },
  }
  const { dynamodb } = local.clients()
  await dynamodb.send(new PutItemCommand({ TableName: 'plain', Item } as never))
  const read = await dynamodb.send(new GetItemCommand({ TableName: 'plain', Key: { pk: { S: 'ä€𝄞' } } }))
  expect(read.Item).toEqual(Item)
})

test('a table may be named by its ARN', async () => {
  const { dynamodb } = local.clients('writer')
  await dynamodb.send(new PutItemCommand({ TableName: stack.tables[1]?.arn, Item: { pk: { S: 'by-arn' } } }))
  const read = await dynamodb.send(new GetItemCommand({ TableName: 'plain', Key: { pk: { S: 'by-arn' } } }))
  expect(read.Item).toBeDefined()
})

test('errors keep their names, reasons and old items', async () => {
  const { dynamodb } = local.clients('writer')
  await dynamodb.send(put('once'))
  const condition = {
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const
  const failed = await dynamodb.send(put('once', condition)).catch((error) => error)
  expect(failed).toBeInstanceOf(ConditionalCheckFailedException)
  expect(failed.Item).toEqual({ pk: { S: 'once' } })
  const TransactItems = [{ Put: { TableName: 'plain', Item: { pk: { S: 'once' } }, ...condition } }]
  await expect(dynamodb.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: { pk: { S: 'once' } } }],
  })
})

test('the consumed capacity is answered only to who asked for it', async () => {
  const { dynamodb } = local.clients('writer')
  expect(await dynamodb.send(put('c'))).not.toHaveProperty('ConsumedCapacity')
  expect(await dynamodb.send(put('c', { ReturnConsumedCapacity: 'NONE' }))).not.toHaveProperty('ConsumedCapacity')
  const asked = await dynamodb.send(put('c', { ReturnConsumedCapacity: 'INDEXES' }))
  expect(asked.ConsumedCapacity).toMatchObject({ CapacityUnits: 1, Table: { CapacityUnits: 1 } })
})

test('the checksum of an answer fits its body, also where the gateway changed it', async () => {
  for (const operation of ['DescribeTable', 'Scan']) {
    const key = accessKeyId({ kind: 'function', functionName: 'writer' })
    const answer = await fetch(local.url, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ TableName: 'outbox' }),
    })
    expect(answer.headers.get('x-amz-crc32')).toBe(String(crc32(await answer.text())))
    expect(answer.headers.get('x-amzn-requestid')).toBeTruthy()
  }
})

test('a body that is no JSON object is a SerializationException', async () => {
  const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem' }
  const answer = await fetch(local.url, { method: 'POST', headers, body: '{"TableName"' })
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { __type: expect.stringContaining('SerializationException') },
  ])
})

describe('a stream has the ARN of the template', () => {
  test('in the description of its table', async () => {
    const { Table } = await local.clients().dynamodb.send(new DescribeTableCommand({ TableName: 'outbox' }))
    expect(Table).toMatchObject({ TableArn: outbox.arn, LatestStreamArn: streamArn, LatestStreamLabel: 'local' })
  })

  test('in the list of streams', async () => {
    const { Streams } = await local.clients().streams.send(new ListStreamsCommand({ TableName: 'outbox' }))
    expect(Streams).toEqual([{ StreamArn: streamArn, StreamLabel: 'local', TableName: 'outbox' }])
  })

  test('and is read by it from end to end', async () => {
    const fresh = await gatewayFor(stack, engines)
    const { dynamodb, streams } = fresh.clients('writer')
    await dynamodb.send(new PutItemCommand({ TableName: 'outbox', Item: { pk: { S: 'streamed' } } }))
    const described = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }))
    expect(described.StreamDescription?.StreamArn).toBe(streamArn)
    const ShardId = described.StreamDescription?.Shards?.[0]?.ShardId
    const start = { StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
    let { ShardIterator } = await streams.send(new GetShardIteratorCommand(start))
    let records: unknown[] = []
    while (records.length === 0 && ShardIterator) {
      const answer = await streams.send(new GetRecordsCommand({ ShardIterator }))
      records = answer.Records ?? []
      ShardIterator = answer.NextShardIterator
    }
    expect(records).toMatchObject([{ awsRegion: 'us-east-1', dynamodb: { NewImage: { pk: { S: 'streamed' } } } }])
    await fresh.stop()
  })

  test('and what it has forgotten no reader sees, not even one that reads a page again', async () => {
    const fresh = await gatewayFor(stack, engines)
    const { dynamodb, streams } = fresh.clients('writer')
    await dynamodb.send(new PutItemCommand({ TableName: 'outbox', Item: { pk: { S: 'forgotten' } } }))
    const trim = await fetch(`${fresh.url}/_local/streams/outbox/trim`, { method: 'POST' })
    expect(trim.status).toBe(200)
    await dynamodb.send(new PutItemCommand({ TableName: 'outbox', Item: { pk: { S: 'kept' } } }))
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }))
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId
    const start = { StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(start))
    for (let time = 0; time < 2; time++) {
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }))
      expect(Records.map(({ dynamodb }) => dynamodb?.NewImage?.pk?.S)).toEqual(['kept'])
    }
    await fresh.stop()
  })
})

test('an engine that is gone is an outage to try again after, not a crash', async () => {
  const lonely = await gatewayFor(stack)
  await expect(lonely.clients().dynamodb.send(put('x'))).rejects.toMatchObject({
    name: 'ServiceUnavailable',
    $metadata: { httpStatusCode: 503 },
  })
  await lonely.stop()
})
