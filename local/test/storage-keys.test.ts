/** The KMS keys of tables and queues: AWS asks for them on behalf of the caller, so a grant of the table alone is not enough. */
import {
  BatchGetItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ShardIteratorType,
} from '@aws-sdk/client-dynamodb-streams'
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import type { Statement } from '../model.ts'
import { createPermissions } from '../permissions/permissions.ts'
import {
  allow,
  functionWith,
  gatewayOnEngines,
  key,
  keyArn,
  model,
  queue,
  redriveTo,
  table,
} from './support/gateway.ts'

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/records/stream/local'
const records = table('records', {
  ...{ keyArn: keyArn('tables'), streamViewType: 'NEW_IMAGE' as const, streamArn },
  indexes: [{ name: 'byName', partitionKey: { name: 'name', type: 'S' }, projection: { type: 'ALL' } }],
})
const plain = table('plain')
const work = queue('work', { keyArn: keyArn('queues'), attributes: redriveTo('dead') })
const dead = queue('dead', { keyArn: keyArn('dead') })

const storage = allow(['dynamodb:*', 'sqs:*'], '*')
const via = (service: string): Partial<Statement> => ({
  conditions: { StringLike: { 'kms:ViaService': [`${service}.*`] } },
})
/** Roles that may do everything with tables and queues; they differ in the keys that they may use. */
const actors = {
  none: [],
  'all-keys': [allow('kms:*', '*')],
  'through-dynamodb': [allow('kms:Decrypt', keyArn('tables'), via('dynamodb'))],
  'through-sqs': [allow('kms:Decrypt', keyArn('tables'), via('sqs'))],
  'one-table': [
    allow('kms:Decrypt', keyArn('tables'), {
      conditions: { StringEquals: { 'kms:EncryptionContext:aws:dynamodb:tableName': ['records'] } },
    }),
  ],
  consumer: [allow('kms:Decrypt', keyArn('queues'))],
  'half-a-producer': [allow('kms:GenerateDataKey', keyArn('queues'))],
  producer: [allow(['kms:GenerateDataKey', 'kms:Decrypt'], keyArn('queues'))],
  letters: [allow('kms:Decrypt', keyArn('dead'))],
  'closed-key': [allow('kms:*', '*')],
} satisfies Record<string, Statement[]>
type Actor = keyof typeof actors

const owner = functionWith('closed-key', []).role.arn
const { local } = await gatewayOnEngines(
  model({
    tables: [records, plain],
    queues: [work, dead],
    keys: [key('tables'), key('queues'), key('dead')],
    actors: Object.entries(actors).map(([name, statements]) => functionWith(name, [storage, ...statements])),
  }),
)
const as = (actor: Actor) => local.clients(actor)
const item = { pk: { S: 'a' } }
const refusedBy = (action: string, of: string) => ({
  name: 'AccessDeniedException',
  message: expect.stringContaining(`is not authorized to perform: ${action} on resource: ${keyArn(of)}`),
})

describe('a table with a key', () => {
  const calls: [string, (actor: Actor) => Promise<unknown>][] = [
    ['get', (actor) => as(actor).dynamodb.send(new GetItemCommand({ TableName: 'records', Key: item }))],
    ['put', (actor) => as(actor).dynamodb.send(new PutItemCommand({ TableName: 'records', Item: item }))],
    ['scan', (actor) => as(actor).dynamodb.send(new ScanCommand({ TableName: 'records' }))],
    [
      'query of an index',
      (actor) =>
        as(actor).dynamodb.send(
          new QueryCommand({
            ...{ TableName: 'records', IndexName: 'byName', KeyConditionExpression: '#n = :n' },
            ExpressionAttributeNames: { '#n': 'name' },
            ExpressionAttributeValues: { ':n': { S: 'a' } },
          }),
        ),
    ],
    [
      'batch with another table',
      (actor) =>
        as(actor).dynamodb.send(
          new BatchGetItemCommand({ RequestItems: { plain: { Keys: [item] }, records: { Keys: [item] } } }),
        ),
    ],
    [
      'check within a transaction on another table',
      (actor) =>
        as(actor).dynamodb.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName: 'plain', Item: item } },
              {
                ConditionCheck: {
                  TableName: 'records',
                  Key: { pk: { S: 'no' } },
                  ConditionExpression: 'attribute_not_exists(pk)',
                },
              },
            ],
          }),
        ),
    ],
  ]

  test.each(calls)('%s: needs kms:Decrypt', async (_, call) => {
    await expect(call('none')).rejects.toMatchObject(refusedBy('kms:Decrypt', 'tables'))
    await expect(call('through-sqs')).rejects.toMatchObject(refusedBy('kms:Decrypt', 'tables'))
    for (const actor of ['all-keys', 'through-dynamodb', 'one-table'] as const) await call(actor)
  })

  test('its stream needs the key of the mapping that reads it', async () => {
    const TRIM_HORIZON = ShardIteratorType.TRIM_HORIZON
    const shardId = async () => {
      const { StreamDescription } = await local
        .clients()
        .streams.send(new DescribeStreamCommand({ StreamArn: streamArn }))
      return StreamDescription?.Shards?.[0]?.ShardId
    }
    const iterator = { StreamArn: streamArn, ShardId: await shardId(), ShardIteratorType: TRIM_HORIZON }
    const read = async (name: Actor) => {
      const { streams } = local.clients(name, 'mapping')
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand(iterator))
      return streams.send(new GetRecordsCommand({ ShardIterator }))
    }
    await expect(read('none')).rejects.toMatchObject(refusedBy('kms:Decrypt', 'tables'))
    expect((await read('through-dynamodb')).Records?.length).toBeGreaterThan(0)
  })

  test('is described without the key, and a table without a key needs none', async () => {
    await as('none').dynamodb.send(new DescribeTableCommand({ TableName: 'records' }))
    await as('none').dynamodb.send(new PutItemCommand({ TableName: 'plain', Item: item }))
  })
})

describe('a queue with a key', () => {
  const [QueueUrl, MessageBody] = [local.queueUrl('work'), 'x']
  const send = (actor: Actor) => as(actor).sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
  const receive = (actor: Actor, url = QueueUrl) =>
    as(actor).sqs.send(new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 0 }))

  test('a producer needs kms:GenerateDataKey and kms:Decrypt, with an error of SQS', async () => {
    await expect(send('none')).rejects.toMatchObject({
      name: 'KmsAccessDenied',
      message: expect.stringContaining('kms:GenerateDataKey'),
      $metadata: { httpStatusCode: 400 },
    })
    await expect(send('half-a-producer')).rejects.toThrow('kms:Decrypt')
    const Entries = [{ Id: '1', MessageBody }]
    await expect(as('consumer').sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toThrow(
      'kms:GenerateDataKey',
    )
    await send('producer')
  })

  test('a consumer needs kms:Decrypt, also a mapping that polls for it', async () => {
    await expect(receive('half-a-producer')).rejects.toThrow('kms:Decrypt')
    const polls = local.clients('none', 'mapping').sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    await expect(polls).rejects.toMatchObject({ name: 'KmsAccessDenied' })
    await receive('consumer')
  })

  test('a dead-letter queue needs also the key of the queue that its messages come from', async () => {
    await expect(receive('letters', local.queueUrl('dead'))).rejects.toThrow(keyArn('queues'))
    await receive('all-keys', local.queueUrl('dead'))
  })

  test('a redrive needs both keys', async () => {
    const start = (actor: Actor) => as(actor).sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }))
    await expect(start('consumer')).rejects.toThrow(keyArn('dead'))
    await start('all-keys')
  })

  test('its attributes are read without the key', async () => {
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
    await as('none').sqs.send(asked)
  })
})

test('a key whose policy names who may use it opens for no other role of the account', async () => {
  const policy = [{ ...allow('kms:*', '*'), principals: [owner] }]
  const closed = model({
    ...{ tables: [records], keys: [key('tables', { policy })] },
    actors: ['closed-key', 'all-keys'].map((name) => functionWith(name, [storage, allow('kms:*', '*')])),
  })
  const { refusal } = createPermissions(closed, () => {})
  const call = (functionName: string) =>
    refusal({
      ...{ service: 'dynamodb', operation: 'GetItem', region: 'us-east-1', session: '', text: '' },
      caller: { kind: 'function', functionName },
      input: { TableName: 'records', Key: item },
    })
  expect(call('closed-key')).toBeUndefined()
  expect(call('all-keys')).toMatchObject({ action: 'kms:Decrypt' })
})
