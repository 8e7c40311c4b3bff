import {
  BatchWriteItemCommand,
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams'
import { SendEmailCommand } from '@aws-sdk/client-ses'
import { SendMessageBatchCommand, SendMessageCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { allow, functionWith, gatewayOnEngines, model, queue, redriveTo, table } from './support/gateway.ts'

const records = table('records', {
  indexes: [{ name: 'byEmail', partitionKey: { name: 'email', type: 'S' }, projection: { type: 'ALL' } }],
  streamViewType: 'NEW_IMAGE',
  streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/records/stream/local',
})
const work = queue('work', { attributes: redriveTo('dead', 3) })
const dead = queue('dead')
const identity = (name: string) => `arn:aws:ses:us-east-1:000000000000:identity/${name}`

const stack = model({
  tables: [records],
  queues: [work, dead],
  actors: [
    functionWith('nobody', []),
    functionWith('writer', [
      allow(['dynamodb:PutItem', 'dynamodb:BatchWriteItem', 'sqs:SendMessage'], [records.arn, work.arn]),
    ]),
    functionWith('checker', [allow(['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'], records.arn)]),
    functionWith('reader', [allow('dynamodb:Query', `${records.arn}/index/*`)]),
    functionWith('tenant', [
      allow('dynamodb:*', records.arn, {
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant-1*'] },
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'name'] },
        },
      }),
    ]),
    functionWith('mailer', [
      allow('ses:SendEmail', identity('example.com'), {
        conditions: { StringEquals: { 'ses:FromAddress': ['shop@example.com'] } },
      }),
    ]),
    functionWith('redriver', [
      allow(
        ['sqs:StartMessageMoveTask', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        dead.arn,
      ),
    ]),
  ],
})

const { local } = await gatewayOnEngines(stack)
const clients = (name?: string) => local.clients(name)

const put = (pk: string, more = {}) => new PutItemCommand({ TableName: 'records', Item: { pk: { S: pk }, ...more } })

describe('a refusal names function, action and resource, in the words of AWS', () => {
  test('DynamoDB: AccessDeniedException, 400', async () => {
    await expect(clients('nobody').dynamodb.send(put('a'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::000000000000:assumed-role/nobody-role/nobody is not authorized to perform: dynamodb:PutItem on resource: ' +
        'arn:aws:dynamodb:us-east-1:000000000000:table/records because no identity-based policy allows the dynamodb:PutItem action',
      $metadata: { httpStatusCode: 400 },
    })
    expect(local.lines.at(-1)).toContain('permissions: User: arn:aws:sts::000000000000:assumed-role/nobody-role/nobody')
  })

  test('SQS: AccessDenied, 403', async () => {
    const send = clients('nobody').sqs.send(new SendMessageCommand({ QueueUrl: work.url, MessageBody: 'x' }))
    await expect(send).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`sqs:SendMessage on resource: ${work.arn}`),
      $metadata: { httpStatusCode: 403 },
    })
  })

  test('SES: AccessDenied, 403, in XML', async () => {
    await expect(clients('nobody').ses.send(mail('shop@example.com'))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`ses:SendEmail on resource: ${identity('shop@example.com')}`),
      $metadata: { httpStatusCode: 403 },
    })
  })

  test('an access key of a function that the stack does not have is refused', async () => {
    await expect(clients('ghost').dynamodb.send(put('a'))).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('DynamoDB', () => {
  test('an operator may do everything', async () => {
    await clients().dynamodb.send(put('a'))
  })

  test('the parts of a transaction are checked as the single actions they are', async () => {
    const Put = { TableName: 'records', Item: { pk: { S: 'tx' } } }
    const ConditionCheck = {
      TableName: 'records',
      Key: { pk: { S: 'other' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    }
    const transaction = new TransactWriteItemsCommand({ TransactItems: [{ Put }, { ConditionCheck }] })
    await clients('checker').dynamodb.send(transaction)
    await expect(clients('writer').dynamodb.send(transaction)).rejects.toMatchObject({
      message: expect.stringContaining('dynamodb:ConditionCheckItem'),
    })
  })

  test('a batch needs its own action', async () => {
    const batch = new BatchWriteItemCommand({
      RequestItems: { records: [{ PutRequest: { Item: { pk: { S: 'b' } } } }] },
    })
    await clients('writer').dynamodb.send(batch)
    await expect(clients('checker').dynamodb.send(batch)).rejects.toMatchObject({
      message: expect.stringContaining('dynamodb:BatchWriteItem'),
    })
  })

  test('reading through an index needs the index, not the table', async () => {
    const query = { KeyConditionExpression: 'email = :e', ExpressionAttributeValues: { ':e': { S: 'a@b.c' } } }
    await clients('reader').dynamodb.send(new QueryCommand({ TableName: 'records', IndexName: 'byEmail', ...query }))
    const base = new QueryCommand({ TableName: 'records', ...query, KeyConditionExpression: 'pk = :e' })
    await expect(clients('reader').dynamodb.send(base)).rejects.toMatchObject({
      message: expect.stringContaining(`dynamodb:Query on resource: ${records.arn} because`),
    })
  })

  test('a stream is a resource of its own', async () => {
    const describe = new DescribeStreamCommand({ StreamArn: records.streamArn })
    await expect(clients('tenant').streams.send(describe)).rejects.toMatchObject({
      message: expect.stringContaining(`dynamodb:DescribeStream on resource: ${records.streamArn}`),
    })
  })

  test('conditions on leading keys hold for puts, updates and queries', async () => {
    const { dynamodb } = clients('tenant')
    await dynamodb.send(put('tenant-1'))
    await expect(dynamodb.send(put('tenant-2'))).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const query = (pk: string) =>
      new QueryCommand({
        TableName: 'records',
        KeyConditionExpression: '#p = :p',
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: { ':p': { S: pk } },
      })
    await dynamodb.send(query('tenant-1'))
    await expect(dynamodb.send(query('tenant-2'))).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  test('conditions on attributes see items, projections and update expressions', async () => {
    const { dynamodb } = clients('tenant')
    const Key = { pk: { S: 'tenant-1' } }
    await expect(dynamodb.send(put('tenant-1', { secret: { S: 'x' } }))).rejects.toThrow()
    const update = (UpdateExpression: string, ExpressionAttributeNames: Record<string, string>) =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName: 'records',
          Key,
          UpdateExpression,
          ExpressionAttributeNames,
          ExpressionAttributeValues: { ':v': { S: 'v' } },
        }),
      )
    await update('SET #n = if_not_exists(#n, :v)', { '#n': 'name' })
    await expect(update('SET #n = :v', { '#n': 'secret' })).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await dynamodb.send(new GetItemCommand({ TableName: 'records', Key, ProjectionExpression: 'pk' }))
    const read = dynamodb.send(new GetItemCommand({ TableName: 'records', Key, ProjectionExpression: 'secret.part' }))
    await expect(read).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  test('creating a table is an action like any other', async () => {
    const create = new CreateTableCommand({
      TableName: 'other',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    })
    await expect(clients('writer').dynamodb.send(create)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('SQS', () => {
  test('a batch needs the permission of the single action', async () => {
    const batch = new SendMessageBatchCommand({ QueueUrl: work.url, Entries: [{ Id: '1', MessageBody: 'x' }] })
    await clients('writer').sqs.send(batch)
    await expect(clients('reader').sqs.send(batch)).rejects.toMatchObject({
      message: expect.stringContaining('sqs:SendMessage on'),
    })
  })

  test('a redrive needs sqs:SendMessage on the queues it moves to', async () => {
    const start = clients('redriver').sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }))
    await expect(start).rejects.toMatchObject({
      message: expect.stringContaining(`sqs:SendMessage on resource: ${work.arn}`),
    })
  })
})

describe('SES', () => {
  test('a grant on the domain covers its addresses, within its conditions', async () => {
    await clients('mailer').ses.send(mail('"The Shop" <shop@example.com>'))
    await expect(clients('mailer').ses.send(mail('ceo@example.com'))).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(clients('mailer').ses.send(mail('shop@other.com'))).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

test('the report tells what was granted and never used, and what was refused', async () => {
  const { functions } = await local.get('/_local/permissions')
  const unusedBy = (name: string) => functions[name].unused.map(({ action }: { action: string }) => action)
  expect(functions.checker.granted).toEqual([
    { action: 'dynamodb:PutItem', resource: records.arn },
    { action: 'dynamodb:ConditionCheckItem', resource: records.arn },
  ])
  expect(unusedBy('checker')).toEqual([])
  expect(unusedBy('reader')).toEqual([])
  expect(functions.redriver.refused).toEqual([{ action: 'sqs:SendMessage', resource: work.arn }])
  expect(functions.nobody).toMatchObject({ granted: [], unused: [] })
})

function mail(Source: string) {
  return new SendEmailCommand({
    Source,
    Destination: { ToAddresses: ['jane@example.org'] },
    Message: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'there' } } },
  })
}
