import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { startDynamoDb } from '../engines/dynamodb.ts'
import { dynamoDbClient, dynamoDbOn, enginesInAProcess, sqsClient, sqsOn } from './support/engines.ts'
import { expectGone } from './support/processes.ts'
import { temporaryDir } from './support/with-stack.ts'

const createTable = (client: DynamoDBClient) =>
  client.send(
    new CreateTableCommand({
      TableName: 'things',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
const createQueue = async (client: SQSClient, QueueName: string, Attributes: Record<string, string> = {}) =>
  (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? ''
const receive = async (client: SQSClient, QueueUrl: string, WaitTimeSeconds = 10) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MessageSystemAttributeNames: ['All'] })))
    .Messages ?? []

test('engines end with the process that started them, kill -9 included, and what was acknowledged is still there', async () => {
  const dataDir = temporaryDir()
  const first = await enginesInAProcess(dataDir)
  const [dynamodb, sqs] = [dynamoDbClient(first.dynamodb.endpoint), sqsClient(first.sqs.endpoint)]
  await createTable(dynamodb)
  await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'a' } } }))
  const QueueUrl = await createQueue(sqs, 'jobs')
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }))
  const stream = (client: DynamoDBClient) => client.send(new DescribeTableCommand({ TableName: 'things' }))
  const streamBefore = (await stream(dynamodb)).Table?.LatestStreamArn

  first.parent.kill('SIGKILL')
  await once(first.parent, 'exit')
  // The next start has to wait by itself until the killed engines are gone.
  const [second, queues] = await Promise.all([dynamoDbOn(dataDir), sqsOn(dataDir)])

  await Promise.all([first.dynamodb.pid, first.sqs.pid].map(expectGone))
  const key = { TableName: 'things', Key: { pk: { S: 'a' } } }
  expect((await second.client.send(new GetItemCommand(key))).Item).toEqual({ pk: { S: 'a' } })
  expect((await stream(second.client)).Table?.LatestStreamArn).toBe(streamBefore)
  expect(await receive(queues.client, QueueUrl)).toMatchObject([{ Body: 'kept' }])
})

test('engines listen on the loopback interface only', async () => {
  const dataDir = temporaryDir()
  const [dynamodb, sqs] = await Promise.all([dynamoDbOn(dataDir), sqsOn(dataDir)])
  const outside = Object.values(networkInterfaces()).flatMap((all = []) => all.filter((address) => !address.internal))
  for (const { engine } of [dynamodb, sqs]) {
    const { hostname, port } = new URL(engine.endpoint)
    expect(hostname).toBe('127.0.0.1')
    for (const { address, scopeid } of outside.filter(({ family }) => family === 'IPv4')) {
      const socket = connect({ host: address, port: Number(port), ...(scopeid ? { scopeid } : {}) })
      await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED')
    }
  }
})

test('stopping is idempotent', async () => {
  const { engine } = await sqsOn(temporaryDir())
  await engine.stop()
  await engine.stop()
  await expectGone(engine.pid)
})

test('without Java the one line says so, and what to do', async () => {
  vi.stubEnv('PATH', temporaryDir())
  const start = startDynamoDb({ dataDir: temporaryDir(), log: () => {} })
  await expect(start).rejects.toThrow('Java is missing: DynamoDB Local needs it. Install Java 11 or newer')
  vi.unstubAllEnvs()
})

test('a message whose visibility is set to 0 comes back at once, and keeps its receive count over a restart', async () => {
  const dataDir = temporaryDir()
  const { client, engine } = await sqsOn(dataDir)
  const QueueUrl = await createQueue(client, 'jobs')
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }))
  const [message] = await receive(client, QueueUrl)
  const ReceiptHandle = message?.ReceiptHandle
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
  await engine.stop()

  const again = await sqsOn(dataDir)
  expect(await receive(again.client, QueueUrl, 0)).toMatchObject([
    { Body: 'again', Attributes: { ApproximateReceiveCount: '2' } },
  ])
})

test('a message moves to the dead-letter queue when it was received too often, and is there after a kill -9', async () => {
  const dataDir = temporaryDir()
  const { client, engine } = await sqsOn(dataDir)
  const dead = await createQueue(client, 'dead')
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead'
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 })
  const QueueUrl = await createQueue(client, 'jobs', { RedrivePolicy, VisibilityTimeout: '0' })
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }))
  expect(await receive(client, QueueUrl)).toHaveLength(1)
  expect(await receive(client, QueueUrl, 0)).toHaveLength(0)
  process.kill(engine.pid, 'SIGKILL')
  await engine.exited

  const again = await sqsOn(dataDir)
  expect(await receive(again.client, QueueUrl, 0)).toHaveLength(0)
  expect(await receive(again.client, dead)).toMatchObject([{ Body: 'poison' }])
})

test('a delayed message wakes a receiver that waits', async () => {
  const { client } = await sqsOn(temporaryDir())
  const QueueUrl = await createQueue(client, 'jobs')
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 1 }))
  expect(await receive(client, QueueUrl)).toMatchObject([{ Body: 'later' }])
})

test('groups of a FIFO queue take turns: a full one does not keep another from its messages', async () => {
  const { client } = await sqsOn(temporaryDir())
  const QueueUrl = await createQueue(client, 'jobs.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
  const send = (MessageGroupId: string, MessageBody: string) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageGroupId, MessageBody }))
  for (const number of [0, 1, 2]) for (const group of ['a', 'b']) await send(group, `${group}${number}`)
  await send('late', 'late0')

  const taken: (string | undefined)[] = []
  const takeOne = async () => {
    const [message] = await receive(client, QueueUrl, 0)
    taken.push(message?.Body)
    return { QueueUrl, ReceiptHandle: message?.ReceiptHandle }
  }
  await client.send(new DeleteMessageCommand(await takeOne()))
  await client.send(new DeleteMessageCommand(await takeOne()))
  await client.send(new ChangeMessageVisibilityCommand({ ...(await takeOne()), VisibilityTimeout: 0 }))
  for (let left = 5; left > 0; left--) await client.send(new DeleteMessageCommand(await takeOne()))
  expect(taken).toEqual(['a0', 'b0', 'late0', 'a1', 'b1', 'late0', 'a2', 'b2'])
})

test('a queue is the same in every region', async () => {
  const { client, engine } = await sqsOn(temporaryDir())
  const QueueUrl = await createQueue(client, 'jobs')
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'here' }))
  const elsewhere = sqsClient(engine.endpoint)
  elsewhere.config.region = async () => 'eu-west-1'
  await createQueue(elsewhere, 'jobs')
  const { Attributes } = await elsewhere.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '1' })
})
