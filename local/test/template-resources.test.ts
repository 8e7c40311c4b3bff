import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readStack } from '../template/load.ts'
import { type TestTemplate, writeAssembly } from './support/template.ts'

function load(template: TestTemplate) {
  const { assemblyDir, stackName } = writeAssembly(template)
  return { ...readStack(assemblyDir, stackName, { awsPort: 4566 }), assemblyDir }
}

const one = (Type: string, Properties: object = {}) => load({ resources: { It: { Type, Properties } } })
const handler = 'export const handler = async () => {}'

const table = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: ['pk', 'sk', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  BillingMode: 'PAY_PER_REQUEST',
}

test('an unknown resource type is refused with its logical id, its type and what to do', () => {
  expect(() => one('AWS::EC2::Instance')).toThrow(
    'It (AWS::EC2::Instance): resources of this type are not emulated. Do without it on this stage',
  )
})

test('a custom resource is refused', () => {
  expect(() => one('Custom::LogRetention', { ServiceToken: 'x' })).toThrow('It (Custom::LogRetention)')
})

test('a property that would change behaviour and is not emulated is refused, never skipped', () => {
  const KinesisStreamSpecification = { StreamArn: 'arn' }
  expect(() => one('AWS::DynamoDB::Table', { ...table, KinesisStreamSpecification })).toThrow(/KinesisStream/)
})

test('a property that has no effect on this machine is accepted', () => {
  expect(one('AWS::DynamoDB::Table', { ...table, SSESpecification: { SSEEnabled: true } }).tables).toHaveLength(1)
})

test.each<[string, unknown, string | undefined]>([
  ['its ARN', { 'Fn::GetAtt': ['Key', 'Arn'] }, 'arn:aws:kms:us-east-1:000000000000:key/Key'],
  ['its id', { Ref: 'Key' }, 'arn:aws:kms:us-east-1:000000000000:key/Key'],
  ['its alias', 'alias/shop', 'arn:aws:kms:us-east-1:000000000000:key/Key'],
  ['the ARN of a key of another stack', 'arn:aws:kms:eu-west-1:1:key/2', 'arn:aws:kms:eu-west-1:1:key/2'],
  ['an alias of AWS', 'alias/aws/sqs', undefined],
  ['an alias of another stack', 'alias/theirs', undefined],
])('the key of tables and queues is found by %s', (_, named, expected) => {
  const sse = { SSEEnabled: true, SSEType: 'KMS' }
  const { tables, queues } = load({
    resources: {
      Key: { Type: 'AWS::KMS::Key', Properties: {} },
      Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/shop', TargetKeyId: { Ref: 'Key' } } },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { ...table, SSESpecification: { ...sse, KMSMasterKeyId: named } },
      },
      Global: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          ...{ ...table, SSESpecification: sse },
          Replicas: [{ Region: { Ref: 'AWS::Region' }, SSESpecification: { KMSMasterKeyId: named } }],
        },
      },
      Off: { Type: 'AWS::DynamoDB::Table', Properties: { ...table, SSESpecification: { SSEEnabled: false } } },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: named } },
    },
  })
  expect([...tables, ...queues].map(({ keyArn }) => keyArn)).toEqual([expected, expected, undefined, expected])
})

test('a table: keys, indexes, stream, TTL', () => {
  const localKeys = [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'due', KeyType: 'RANGE' },
  ]
  const [read] = one('AWS::DynamoDB::Table', {
    ...table,
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    GlobalSecondaryIndexes: [
      {
        IndexName: 'due',
        KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a'] },
      },
    ],
    LocalSecondaryIndexes: [{ IndexName: 'turn', KeySchema: localKeys, Projection: { ProjectionType: 'KEYS_ONLY' } }],
  }).tables
  expect(read).toEqual({
    logicalId: 'It',
    name: 'Test-It',
    arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Test-It',
    partitionKey: { name: 'pk', type: 'S' },
    sortKey: { name: 'sk', type: 'S' },
    indexes: [
      {
        name: 'due',
        partitionKey: { name: 'due', type: 'S' },
        projection: { type: 'INCLUDE', attributes: ['a'] },
      },
      {
        name: 'turn',
        partitionKey: { name: 'pk', type: 'S' },
        sortKey: { name: 'due', type: 'S' },
        projection: { type: 'KEYS_ONLY' },
        isLocal: true,
      },
    ],
    ttlAttribute: 'ttl',
    streamViewType: 'NEW_IMAGE',
    streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Test-It/stream/local',
  })
})

test('a queue: attributes as CreateQueue takes them, policy as text and as statements', () => {
  const statement = { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Resource: '*' }
  const { queues } = load({
    resources: {
      Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
      Jobs: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          VisibilityTimeout: '60',
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
        },
      },
      Policy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: { Queues: [{ Ref: 'Jobs' }], PolicyDocument: { Statement: [statement] } },
      },
    },
  })
  const jobs = queues.find(({ logicalId }) => logicalId === 'Jobs')
  expect(jobs?.attributes).toEqual({
    VisibilityTimeout: '60',
    RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:Test-Dead","maxReceiveCount":5}',
    Policy: JSON.stringify({ Statement: [statement] }),
  })
  expect(jobs?.policy).toEqual([
    { effect: 'Deny', principals: ['*'], actions: ['sqs:*'], resources: ['*'], conditions: {} },
  ])
})

test('a FIFO queue without a name of its own gets one that ends in .fifo', () => {
  expect(one('AWS::SQS::Queue', { FifoQueue: true }).queues[0]).toMatchObject({ name: 'Test-It.fifo', fifo: true })
})

test('a dead-letter queue of the other kind is refused, as SQS does', () => {
  const RedrivePolicy = { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 }
  expect(() =>
    load({
      resources: {
        Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
        Jobs: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, RedrivePolicy } },
      },
    }),
  ).toThrow('Jobs (AWS::SQS::Queue): it and its dead-letter queue are not both FIFO')
})

test("a function: its asset's directory, its role, who may invoke it, Lambda's defaults", () => {
  const { functions, assemblyDir } = load({
    resources: {
      May: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: { 'Fn::GetAtt': ['Work', 'Arn'] },
          Principal: 'apigateway.amazonaws.com',
        },
      },
    },
    functions: { Work: handler },
    functionProperties: { Work: { Environment: { Variables: { SIZE: 5 } }, Timeout: { Ref: 'AWS::NoValue' } } },
  })
  expect(functions[0]).toEqual({
    logicalId: 'Work',
    name: 'Test-Work',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:Test-Work',
    codeDir: join(assemblyDir, 'asset.Work'),
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    timeoutSeconds: 3,
    memoryMb: 128,
    environment: { SIZE: '5' },
    roleArn: 'arn:aws:iam::000000000000:role/Test-WorkRole',
    permissions: [{ principal: 'apigateway.amazonaws.com' }],
  })
})

test.each([
  ['a runtime that can no longer be created', { Runtime: 'nodejs18.x' }, 'Runtime'],
  ['a layer', { Layers: ['arn'] }, 'Layers'],
  ['a timeout above 15 minutes', { Timeout: 901 }, 'Timeout'],
  ['an environment above 4 KB', { Environment: { Variables: { A: 'x'.repeat(4096) } } }, '4097 bytes'],
])('a function with %s is refused', (_, properties, message) => {
  expect(() => load({ resources: {}, functions: { Work: handler }, functionProperties: { Work: properties } })).toThrow(
    message,
  )
})

test("a role's statements are those of its inline, attached and managed policies", () => {
  const document = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })
  const { roles } = load({
    resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Statement: { Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' }, Action: 'sts:AssumeRole' },
          },
          Policies: [{ PolicyName: 'inline', PolicyDocument: document('sqs:SendMessage') }],
          ManagedPolicyArns: [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
        },
      },
      Attached: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: document('dynamodb:PutItem') },
      },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document('ses:SendEmail') } },
    },
  })
  expect(roles[0]).toMatchObject({
    trusts: ['scheduler.amazonaws.com'],
    foreignPolicies: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
  })
  expect(roles[0]?.statements.flatMap(({ actions }) => actions)).toEqual([
    'sqs:SendMessage',
    'dynamodb:PutItem',
    'ses:SendEmail',
  ])
})

test('a policy statement that says more than is understood is refused', () => {
  const Statement = [{ Effect: 'Allow', Action: '*', NotResource: '*' }]
  expect(() => load({ resources: {}, functions: { Work: handler }, statements: Statement })).toThrow('NotResource')
})

const mapping = (properties: object, queue: object = {}) => ({
  resources: {
    Jobs: { Type: 'AWS::SQS::Queue', Properties: queue },
    It: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Jobs', 'Arn'] }, FunctionName: { Ref: 'Work' }, ...properties },
    },
  },
  functions: { Work: handler },
})

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/local'

test("a queue mapping has Lambda's defaults", () => {
  expect(load(mapping({})).mappings).toEqual([
    {
      logicalId: 'It',
      kind: 'queue',
      functionName: 'Test-Work',
      queueArn: 'arn:aws:sqs:us-east-1:000000000000:Test-Jobs',
      enabled: true,
      batchSize: 10,
      windowSeconds: 0,
      reportBatchItemFailures: false,
      filters: [],
    },
  ])
})

test("a stream mapping has Lambda's defaults", () => {
  const { resources, functions } = mapping({
    EventSourceArn: { 'Fn::GetAtt': ['Things', 'StreamArn'] },
    StartingPosition: 'LATEST',
  })
  const StreamSpecification = { StreamViewType: 'KEYS_ONLY' }
  const Things = { Type: 'AWS::DynamoDB::Table', Properties: { ...table, StreamSpecification } }
  expect(load({ resources: { ...resources, Things }, functions }).mappings[0]).toMatchObject({
    kind: 'stream',
    batchSize: 100,
    maximumRetries: -1,
    maximumRecordAgeSeconds: -1,
    parallelizationFactor: 1,
    bisectOnError: false,
    startingPosition: 'LATEST',
  })
})

test.each([
  ['a batch above 10 without a window', { BatchSize: 11 }, {}, 'BatchSize is above 10'],
  ['a batch above 10 of a FIFO queue', { BatchSize: 11 }, { FifoQueue: true }, 'batches a FIFO queue'],
  ['a concurrency of 1', { ScalingConfig: { MaximumConcurrency: 1 } }, {}, 'MaximumConcurrency'],
  ['a filter that is not JSON', { FilterCriteria: { Filters: [{ Pattern: '{' }] } }, {}, 'is not JSON'],
  ['a tumbling window', { TumblingWindowInSeconds: 5 }, {}, 'TumblingWindowInSeconds'],
  [
    'a visibility timeout below the function timeout',
    {},
    { VisibilityTimeout: 9 },
    'is less than the function timeout',
  ],
  ['a function of another stack', { FunctionName: 'theirs' }, {}, 'the function theirs is not in this stack'],
  ['a table without a stream', { EventSourceArn: streamArn, StartingPosition: 'LATEST' }, {}, 'has the stream'],
  ['another source', { EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }, {}, 'it reads from'],
])('a mapping with %s is refused', (_, properties, queue, message) => {
  expect(() => load(mapping(properties, queue))).toThrow(message)
})

test('an HTTP API: its stage, its routes to functions, its JWT authorizer', () => {
  const ApiId = { Ref: 'Api' }
  const { apis } = load({
    functions: { Work: handler },
    resources: {
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: {
          ApiId,
          StageName: '$default',
          DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
        },
      },
      Integration: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId,
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: { 'Fn::GetAtt': ['Work', 'Arn'] },
          PayloadFormatVersion: '2.0',
          TimeoutInMillis: 20_000,
        },
      },
      Jwt: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: {
          ApiId,
          Name: 'jwt',
          AuthorizerType: 'JWT',
          IdentitySource: ['$request.header.Authorization'],
          JwtConfiguration: { Issuer: 'https://issuer', Audience: ['me'] },
        },
      },
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId,
          RouteKey: 'ANY /{proxy+}',
          Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
          AuthorizationType: 'JWT',
          AuthorizerId: { Ref: 'Jwt' },
          AuthorizationScopes: ['write'],
        },
      },
    },
  })
  expect(apis).toEqual([
    {
      logicalId: 'Api',
      kind: 'http',
      id: 'api',
      name: 'api',
      stageName: '$default',
      throttling: { ratePerSecond: 100, burst: 200 },
      routes: [
        {
          key: 'ANY /{proxy+}',
          functionName: 'Test-Work',
          authorization: 'JWT',
          authorizer: { issuer: 'https://issuer', audience: ['me'], scopes: ['write'] },
          timeoutMs: 20_000,
        },
      ],
    },
  ])
})

const schedule = {
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: { 'Fn::GetAtt': ['Work', 'Arn'] }, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
  },
}
const roleFor = (Service: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' } },
  },
})

test("a schedule has Scheduler's defaults", () => {
  const { schedules } = load({
    functions: { Work: handler },
    resources: { It: schedule, Role: roleFor('scheduler.amazonaws.com') },
  })
  expect(schedules[0]).toMatchObject({
    name: 'Test-It',
    groupName: 'default',
    timezone: 'UTC',
    enabled: true,
    functionName: 'Test-Work',
    maximumRetries: 185,
    maximumEventAgeSeconds: 86_400,
  })
})

test('a role that the service cannot assume is refused', () => {
  expect(() =>
    load({ functions: { Work: handler }, resources: { It: schedule, Role: roleFor('lambda.amazonaws.com') } }),
  ).toThrow('It (AWS::Scheduler::Schedule): its role Test-Role cannot be assumed by scheduler.amazonaws.com')
})

test('an alarm on one metric, and one on metric math', () => {
  const common = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, EvaluationPeriods: 2 }
  const metric = { Namespace: 'AWS/SQS', MetricName: 'Age', Dimensions: [{ Name: 'QueueName', Value: 'q' }] }
  const { alarms } = load({
    resources: {
      Single: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { ...common, ...metric, Statistic: 'Maximum', Period: 60 },
      },
      Math: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          ...common,
          Metrics: [
            { Id: 'e', Expression: 'm * 2' },
            { Id: 'm', MetricStat: { Metric: metric, Period: 300, Stat: 'Sum' }, ReturnData: false },
          ],
        },
      },
    },
  })
  const read = { namespace: 'AWS/SQS', metricName: 'Age', dimensions: { QueueName: 'q' } }
  expect(alarms[0]).toMatchObject({
    datapointsToAlarm: 2,
    treatMissingData: 'missing',
    metrics: [{ ...read, id: 'm1', statistic: 'Maximum', periodSeconds: 60, returnData: true }],
  })
  expect(alarms[1]?.metrics).toEqual([
    { id: 'e', expression: 'm * 2', dimensions: {}, statistic: '', periodSeconds: 300, returnData: true },
    { ...read, id: 'm', statistic: 'Sum', periodSeconds: 300, returnData: false },
  ])
})

test('a composite alarm is refused', () => {
  expect(() => one('AWS::CloudWatch::CompositeAlarm', { AlarmRule: 'ALARM(x)' })).toThrow('CompositeAlarm')
})

test('a key: its aliases, its policy, or the one that KMS gives it', () => {
  const Statement = [
    { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Principal: { AWS: 'arn:aws:iam::1:role/r' } },
  ]
  const { keys } = load({
    resources: {
      Plain: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } },
      Own: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement }, Enabled: false } },
      ByArn: {
        Type: 'AWS::KMS::Alias',
        Properties: { AliasName: 'alias/a', TargetKeyId: { 'Fn::GetAtt': ['Own', 'Arn'] } },
      },
      ById: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/b', TargetKeyId: { Ref: 'Own' } } },
    },
  })
  expect(keys).toMatchObject([
    {
      arn: 'arn:aws:kms:us-east-1:000000000000:key/Plain',
      enabled: true,
      aliases: [],
      policy: [{ effect: 'Allow', actions: ['kms:*'], principals: ['arn:aws:iam::000000000000:root'] }],
    },
    { keyId: 'Own', enabled: false, aliases: ['alias/a', 'alias/b'], policy: [{ actions: ['kms:Decrypt'] }] },
  ])
  expect(() => one('AWS::KMS::Key', { KeySpec: 'RSA_2048' })).toThrow(/KeySpec/)
  expect(() => one('AWS::KMS::Alias', { AliasName: 'alias/x', TargetKeyId: 'elsewhere' })).toThrow(
    'is not in this stack',
  )
})

describe('an EventInvokeConfig', () => {
  const config = (more: object) => ({
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...more },
  })
  const withConfig = (resources: object) => load({ resources: { ...resources }, functions: { Fn: handler } })

  test("is the function's age and retries of asynchronous invocations", () => {
    const more = { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 }
    expect(withConfig({ It: config(more) }).functions[0]?.asyncInvoke).toEqual({
      maximumAgeSeconds: 60,
      maximumRetries: 0,
    })
    expect(withConfig({}).functions[0]).not.toHaveProperty('asyncInvoke')
  })

  test("has Lambda's own values where it says nothing", () => {
    expect(withConfig({ It: config({}) }).functions[0]?.asyncInvoke).toEqual({
      maximumAgeSeconds: 21_600,
      maximumRetries: 2,
    })
  })

  test.each([
    [{ MaximumEventAgeInSeconds: 59 }, 'MaximumEventAgeInSeconds'],
    [{ MaximumEventAgeInSeconds: 21_601 }, 'MaximumEventAgeInSeconds'],
    [{ MaximumRetryAttempts: 3 }, 'MaximumRetryAttempts'],
    [{ Qualifier: 'live' }, 'is not $LATEST'],
    [{ FunctionName: 'other' }, 'the function other is not in this stack'],
    [{ DestinationConfig: {} }, 'DestinationConfig'],
  ])('with %j is refused', (more, reason) => {
    expect(() => withConfig({ It: config(more) })).toThrow(reason)
  })

  test('is refused next to another one of the same function', () => {
    expect(() => withConfig({ It: config({}), Other: config({}) })).toThrow('Test-Fn has another EventInvokeConfig')
  })
})
