import { DescribeTimeToLiveCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { provision } from '../provision.ts'
import { readStack } from '../template/load.ts'
import { dynamoDbClient, sqsOn } from './support/engines.ts'
import { sharedDynamoDb } from './support/shared-dynamodb.ts'
import { writeAssembly } from './support/template.ts'
import { temporaryDir } from './support/with-stack.ts'

async function engines() {
  const dataDir = temporaryDir()
  const dynamodb = sharedDynamoDb()
  const sqs = await sqsOn(dataDir)
  const apply = (resources: Record<string, object>) => {
    const { assemblyDir, stackName } = writeAssembly({ resources })
    const model = readStack(assemblyDir, stackName, { awsPort: 4566 })
    return provision(model, { dynamodb, sqs: sqs.engine })
  }
  return { dynamodb: dynamoDbClient(dynamodb.endpoint, dynamodb.accessKeyId), sqs: sqs.client, apply }
}

const table = (properties: object = {}) => ({
  Things: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      ...properties,
    },
  },
})

const byState = {
  AttributeDefinitions: ['pk', 'state'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byState',
      KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
}

test('tables and their items stay; a TTL that the template changes is changed', async () => {
  const { dynamodb, apply } = await engines()
  const ttl = async () =>
    (await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: 'Test-Things' }))).TimeToLiveDescription
      ?.TimeToLiveStatus
  const withTtl = table({ ...byState, TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } })
  await apply(withTtl)
  await dynamodb.send(new PutItemCommand({ TableName: 'Test-Things', Item: { pk: { S: 'a' } } }))
  await apply(withTtl)
  const read = new GetItemCommand({ TableName: 'Test-Things', Key: { pk: { S: 'a' } } })
  expect((await dynamodb.send(read)).Item).toEqual({ pk: { S: 'a' } })
  expect(await ttl()).toBe('ENABLED')
  await apply(table(byState))
  expect(await ttl()).toBe('DISABLED')
})

test('a local index is read as of the last write, and its table is known again', async () => {
  const { dynamodb, apply } = await engines()
  const keys = (sort: string) => [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ]
  const withTurns = table({
    KeySchema: keys('sk'),
    AttributeDefinitions: ['pk', 'sk', 'turn'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    LocalSecondaryIndexes: [
      { IndexName: 'turns', KeySchema: keys('turn'), Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
  })
  await apply(withTurns)
  await apply(withTurns)
  const put = (Item: Record<string, { S: string }>) =>
    dynamodb.send(new PutItemCommand({ TableName: 'Test-Things', Item }))
  await put({ pk: { S: 'a' }, sk: { S: '1' }, turn: { S: '2' }, more: { S: 'x' } })
  await put({ pk: { S: 'a' }, sk: { S: '2' } })
  const query = new QueryCommand({
    TableName: 'Test-Things',
    IndexName: 'turns',
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :a AND turn BETWEEN :one AND :three',
    ExpressionAttributeValues: { ':a': { S: 'a' }, ':one': { S: '1' }, ':three': { S: '3' } },
  })
  expect((await dynamodb.send(query)).Items).toEqual([{ pk: { S: 'a' }, sk: { S: '1' }, turn: { S: '2' } }])
})

test('a stored table of another shape is an error that says what differs and what to do', async () => {
  const { apply } = await engines()
  await apply(table())
  const differing = {
    key: { AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }] },
    'key and stream': {
      KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'other', AttributeType: 'S' }],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    },
    indexes: byState,
  }
  for (const [part, properties] of Object.entries(differing)) {
    await expect(apply(table(properties))).rejects.toThrow(
      `The stored table Test-Things differs from the template in its ${part}. Delete the data directory (DATA_DIR)`,
    )
  }
})

test('queues keep their messages and take the attributes of the template, also those that left it', async () => {
  const { sqs, apply } = await engines()
  const queues = (properties: object) => ({
    Jobs: { Type: 'AWS::SQS::Queue', Properties: properties },
    Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
    Ordered: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, DeduplicationScope: 'messageGroup' } },
  })
  const RedrivePolicy = { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 }
  await apply(queues({ VisibilityTimeout: 60, RedrivePolicy }))
  const QueueUrl = 'http://127.0.0.1:4566/000000000000/Test-Jobs'
  const attributes = async () =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes
  expect(await attributes()).toMatchObject({
    VisibilityTimeout: '60',
    RedrivePolicy: expect.stringContaining('Test-Dead'),
  })
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }))

  await apply(queues({ DelaySeconds: 5 }))
  expect(await attributes()).toMatchObject({ VisibilityTimeout: '30', DelaySeconds: '5' })
  expect(await attributes()).not.toHaveProperty('RedrivePolicy')
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toMatchObject([{ Body: 'kept' }])
})
