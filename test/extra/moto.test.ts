/**
 * The real template, deployed by another emulator's CloudFormation, and our adapters on what came of it. What moto cannot
 * create is left out by name: docs/localstack.md has the list.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { GetQueueAttributesCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import { documentClient } from '../../functions/aws/document-client.ts'
import { laneSender } from '../../functions/aws/lane-queues.ts'
import { dynamoStore } from '../../functions/aws/store.ts'
import { type Resource, without } from '../../tools/deploy/emulator.ts'
import { type Props, StageTemplate } from '../infra/support/template.ts'
import { storeCases } from '../support/store-cases.ts'
import { freePort } from './support/free-port.ts'
import { tool } from './support/tool.ts'

const { path, skipped } = tool('moto_server', 'MOTO_SERVER', "pip install 'moto[server]'")

/** What moto's CloudFormation does not create (5.2.5). */
const unknown = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
]
/** Cases that DynamoDB and DynamoDB Local pass and moto (5.2.5) does not, with what it does instead. */
const motoFaults: Readonly<Record<string, string>> = {
  'a < :v with {":v":"z"} holds: false': 'answers 500 when numbers are compared with text',
  'a write is refused as invalid when a name is missing': 'answers 500 instead of ValidationException',
  'is written once under one token': 'ignores ClientRequestToken and writes twice',
  'refuses other writes under a known token': 'ignores ClientRequestToken',
}

const template = new StageTemplate('dev')
const tableName = (name: string) => `OutboxRelay-dev-${name}`
const bucket = 'code'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

/** The template without what moto does not know, and without what refers to that. */
const known = () => without<Props & Resource>(template.json.Resources, ({ Type }) => unknown.includes(Type))

/** A zip with nothing in it: moto asks that the code is there, and does not run it. */
const emptyZip = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex')

/** Moto wants to see a signature and does not check it; so S3 needs no client of its own here. */
const signed = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none',
}

async function upload(endpoint: string, key: string, body: string | Buffer): Promise<void> {
  const response = await fetch(`${endpoint}/${bucket}/${key}`, { method: 'PUT', headers: signed, body })
  if (!response.ok) throw new Error(`moto did not take ${key}: ${response.status} ${await response.text()}`)
}

describe.skipIf(!path)(`moto${skipped}`, () => {
  let server: ChildProcess
  let settings: { endpoint: string; region: string; credentials: typeof credentials }

  beforeAll(async () => {
    const port = await freePort()
    server = spawn(path!, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    const endpoint = `http://localhost:${port}`
    settings = { endpoint, region: 'us-east-1', credentials }
    while (!(await fetch(`${endpoint}/moto-api/`).catch(() => undefined))) await sleep(100)
    await fetch(`${endpoint}/${bucket}`, { method: 'PUT', headers: signed })
    const Resources = known()
    for (const { Type, Properties } of Object.values<Props>(Resources)) {
      if (Type !== 'AWS::Lambda::Function') continue
      Properties.Code.S3Bucket = bucket
      await upload(endpoint, Properties.Code.S3Key, emptyZip)
    }
    await upload(endpoint, 'template.json', JSON.stringify({ Resources }))
    await new CloudFormationClient(settings).send(
      new CreateStackCommand({ StackName: 'dev', TemplateURL: `${endpoint}/${bucket}/template.json` }),
    )
  }, 120_000)
  afterAll(() => void server?.kill())

  test('creates the stack', async () => {
    const { Stacks } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({ StackName: 'dev' }))
    expect(Stacks?.[0]?.StackStatus).toBe('CREATE_COMPLETE')
  })

  test('has the tables with their keys, indexes and stream', async () => {
    const client = new DynamoDBClient(settings)
    for (const { Properties } of template.ofType('AWS::DynamoDB::Table')) {
      const { TableName } = Properties
      const { Table } = await client.send(new DescribeTableCommand({ TableName }))
      expect(Table?.KeySchema).toEqual(Properties.KeySchema)
      expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName) ?? []).toEqual(
        (Properties.GlobalSecondaryIndexes ?? []).map(({ IndexName }: Props) => IndexName),
      )
      expect(Table?.StreamSpecification?.StreamViewType).toBe(Properties.StreamSpecification?.StreamViewType)
    }
  })

  test('has the queues with their times, kinds and dead-letter queues', async () => {
    const client = new SQSClient(settings)
    for (const { Properties } of template.ofType('AWS::SQS::Queue')) {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: Properties.QueueName }))
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      )
      expect(Attributes.MessageRetentionPeriod).toBe(String(Properties.MessageRetentionPeriod))
      if (Properties.VisibilityTimeout) expect(Attributes.VisibilityTimeout).toBe(String(Properties.VisibilityTimeout))
      expect(Attributes.FifoQueue).toBe(Properties.FifoQueue ? 'true' : undefined)
      const { maxReceiveCount } = Properties.RedrivePolicy ?? {}
      expect(Attributes.RedrivePolicy && JSON.parse(Attributes.RedrivePolicy).maxReceiveCount).toBe(maxReceiveCount)
    }
  })

  test('has a mapping from every lane to its consumer, and from the outbox to each relay', async () => {
    const { EventSourceMappings = [] } = await new LambdaClient(settings).send(new ListEventSourceMappingsCommand({}))
    const consumers = EventSourceMappings.map(({ FunctionArn }) => FunctionArn?.split(':function:')[1])
    for (const { name } of lanes) expect(consumers).toContain(tableName(`consume-${name}`))
    expect(consumers).toContain(tableName('relay'))
    expect(consumers).toContain(tableName('relay-ordered'))
  })

  test('takes a batch of the relay’s sender, and hands the message out as it was sent', async () => {
    const client = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false })
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: tableName('default') }))
    const sender = laneSender(
      client,
      new Map([['default', { kind: 'standard', queueUrl: QueueUrl, deadLetterUrl: QueueUrl } as const]]),
    )
    expect(await sender.send('default', [{ body: 'one' }, { body: 'two' }])).toEqual([
      { kind: 'sent' },
      { kind: 'sent' },
    ])
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    expect(Messages.map(({ Body }) => Body).sort()).toEqual(['one', 'two'])
  })

  describe('as a store: every case that our tables in memory and DynamoDB Local pass', () => {
    const names = { records: tableName('records'), outbox: tableName('outbox'), effects: tableName('effects') }
    beforeEach(({ task, skip }) => {
      const fault = motoFaults[task.name]
      if (fault) skip(`moto ${fault}`)
    })
    storeCases(() => dynamoStore(documentClient(new DynamoDBClient({ ...settings, maxAttempts: 1 })), names))
  })
})
