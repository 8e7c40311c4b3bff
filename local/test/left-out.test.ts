/** An adopter's other resources: the stack starts without them, and says what that means for the functions that run. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadStack } from '../template/load.ts'
import { type TestTemplate, writeAssembly } from './support/template.ts'
import { withStack } from './support/with-stack.ts'

const handler = 'export const handler = async () => ({ statusCode: 200, body: JSON.stringify(process.env) })'
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] })
const fn = (Properties: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Handler: 'index.handler', Role: arnOf('WorkRole'), Runtime: 'nodejs24.x', ...Properties },
})
const table = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
}

/** Each thing that a stack may have next to an outbox, as the CDK writes it, and what is said of it. */
const foreign: Record<string, { readonly resources: Record<string, object>; readonly said: RegExp }> = {
  'a bucket': {
    resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: {} } },
    said: /^Not emulated, and left out because nothing here needs it: .*Bucket \(AWS::S3::Bucket\)/,
  },
  'a custom resource': {
    resources: { Cleaner: { Type: 'Custom::S3AutoDeleteObjects', Properties: { ServiceToken: arnOf('Work') } } },
    said: /^Cleaner \(Custom::S3AutoDeleteObjects\) does not run here: .* Test-Work runs without it$/,
  },
  'an inline function': {
    resources: { Inline: fn({ Code: { ZipFile: 'exports.handler = () => {}' } }) },
    said: /^Inline .* Code: is not a zip asset of the app: inline code and container images do not run here/,
  },
  'a container image': {
    resources: { Image: fn({ Code: { ImageUri: 'x' }, PackageType: 'Image', Handler: undefined, Runtime: undefined }) },
    said: /^Image .* container images do not run here/,
  },
  'a Python function and its queue': {
    resources: {
      Python: fn({ Code: { S3Bucket: 'assets', S3Key: 'Work.zip' }, Runtime: 'python3.13' }),
      Letters: { Type: 'AWS::SQS::Queue', Properties: {} },
      Polls: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: arnOf('Letters'), FunctionName: { Ref: 'Python' } },
      },
    },
    said: /^Python .* Runtime: is not a Node.js runtime of Lambda/,
  },
  'code in a bucket of the account': {
    resources: { Remote: fn({ Code: { S3Bucket: 'theirs', S3Key: 'remote.zip' } }) },
    said: /^Remote .* no zip asset of this assembly is remote.zip/,
  },
  'a function with an imported role': {
    resources: { Imported: fn({ Code: { S3Bucket: 'assets', S3Key: 'Work.zip' }, Role: 'arn:aws:iam::1:role/r' }) },
    said: /^Imported .* its role arn:aws:iam::1:role\/r is not in this stack/,
  },
  'a function with layers': {
    resources: {
      Layered: fn({ Code: { S3Bucket: 'assets', S3Key: 'Work.zip' }, Layers: ['arn:aws:lambda:::layer:1'] }),
    },
    said: /^Layered .* Unrecognized key: "Layers"/,
  },
  'an event rule': {
    resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Arn: arnOf('Work'), Id: '1' }] } } },
    said: /^Rule .* Test-Work runs without it$/,
  },
  'a user pool of an authorizer': {
    resources: {
      Pool: { Type: 'AWS::Cognito::UserPool', Properties: {} },
      Auth: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: {
          ...{ ApiId: 'x', Name: 'auth', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'] },
          JwtConfiguration: { Issuer: { 'Fn::Sub': 'https://cognito.example/${Pool}' } },
        },
      },
    },
    said: /^Pool .* Auth \(AWS::ApiGatewayV2::Authorizer\) refers to it$/,
  },
  'a mapping on a Kinesis stream': {
    resources: {
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: {} },
      Reads: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: arnOf('Stream'), FunctionName: { Ref: 'Work' } },
      },
    },
    said: /^Reads .* it reads from arn:aws:kinesis:.* Test-Work runs without it$/,
  },
  'a schedule of a state machine': {
    resources: {
      Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: {} },
      Nightly: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ...{ ScheduleExpression: 'rate(1 day)', FlexibleTimeWindow: { Mode: 'OFF' } },
          Target: { Arn: { Ref: 'Machine' }, RoleArn: arnOf('WorkRole') },
        },
      },
    },
    said: /^Nightly .* is not a function; other targets are not emulated/,
  },
  'a WebSocket API': {
    resources: {
      Socket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'socket', ProtocolType: 'WEBSOCKET' } },
    },
    said: /^Socket .* ProtocolType: /,
  },
  'an alarm by anomaly detection': {
    resources: {
      Odd: { Type: 'AWS::CloudWatch::Alarm', Properties: { ComparisonOperator: 'GreaterThanUpperThreshold' } },
    },
    said: /^Odd .* ComparisonOperator: /,
  },
  'a table with a Kinesis stream, which no function uses': {
    resources: {
      Ledger: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { ...table, KinesisStreamSpecification: { StreamArn: 'a' } },
      },
    },
    said: /^Ledger .*"KinesisStreamSpecification"/,
  },
  'an intrinsic that is unknown here': {
    resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: { 'Fn::ImportValue': 'x' } } } },
    said: /^Topic .* Fn::ImportValue is not known here/,
  },
}

function load(resources: Record<string, object>, more: Partial<TestTemplate> = {}) {
  const { assemblyDir, stackName } = writeAssembly({ resources, functions: { Work: handler }, ...more })
  return loadStack(assemblyDir, stackName, { awsPort: 4566 })
}

describe('the stack starts with', () => {
  test.each(Object.entries(foreign))('%s, which it leaves out with one line', (_, { resources, said }) => {
    const { model, leftOut } = load(resources)
    expect(leftOut).toContainEqual(expect.stringMatching(said))
    expect(model.functions.map(({ name }) => name)).toEqual(['Test-Work'])
    for (const line of leftOut) expect(line).not.toMatch(/local\/|\n/)
  })

  test('any of them together', () => {
    fc.assert(
      fc.property(fc.subarray(Object.values(foreign), { minLength: 2 }), (some) => {
        const { model, leftOut } = load(Object.assign({}, ...some.map(({ resources }) => resources)))
        for (const { said } of some) expect(leftOut).toContainEqual(expect.stringMatching(said))
        expect(model.functions.map(({ name }) => name)).toEqual(['Test-Work'])
      }),
      { numRuns: 25 },
    )
  })

  test('an output that cannot be had here', () => {
    const { model, leftOut } = load({}, { sections: { Outputs: { Theirs: { Value: { 'Fn::ImportValue': 'x' } } } } })
    expect([model.outputs, leftOut]).toEqual([{}, [expect.stringMatching(/^Theirs \(output\): Fn::ImportValue/)]])
  })
})

describe('a function that uses what is left out', () => {
  const bucket = { Bucket: { Type: 'AWS::S3::Bucket', Properties: {} } }

  test('by its environment is named, and gets a name of the right form', () => {
    const Variables = { NAME: { Ref: 'Bucket' }, ARN: arnOf('Bucket'), HOST: { 'Fn::Sub': '${Bucket.DomainName}' } }
    const { model, leftOut } = load(bucket, { functionProperties: { Work: { Environment: { Variables } } } })
    expect(leftOut).toEqual([expect.stringMatching(/^Bucket .* What Test-Work does with it fails here$/)])
    expect(model.functions[0]?.environment).toEqual({
      NAME: 'test-bucket',
      ARN: expect.stringMatching(/^arn:aws:s3:/),
      HOST: 'test-bucket.DomainName',
    })
  })

  test('by a policy of its role is named', () => {
    const Statement = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Sub': '${Bucket.Arn}/*' } }]
    const Policy = {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'p', PolicyDocument: { Statement }, Roles: [{ Ref: 'WorkRole' }] },
    }
    expect(load({ ...bucket, Policy }).leftOut).toEqual([expect.stringContaining('What Test-Work does with it fails')])
  })

  test('by a value that only an account has keeps the reference, and is named', () => {
    const value = '{{resolve:secretsmanager:shop:SecretString}}'
    const { model, leftOut } = load({}, { functionProperties: { Work: { Environment: { Variables: { value } } } } })
    expect(model.functions[0]?.environment).toEqual({ value })
    expect(leftOut).toEqual([expect.stringMatching(/^Work .*: \{\{resolve.* is not looked up/)])
  })

  test.each([
    ['a table', 'Ledger', { Type: 'AWS::DynamoDB::Table', Properties: { ...table, KinesisStreamSpecification: {} } }],
    ['a queue', 'Jobs', { Type: 'AWS::SQS::Queue', Properties: { Unheard: 1 } }],
    ['a key', 'Key', { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'RSA_2048' } }],
  ])('%s: the start ends with its name', (_, logicalId, resource) => {
    const Variables = { IT: { Ref: logicalId } }
    const functionProperties = { Work: { Environment: { Variables } } }
    expect(() => load({ [logicalId]: resource }, { functionProperties })).toThrow(
      /and the function Test-Work uses it\. Do without it on this stage$/,
    )
  })

  test('a policy of its role: the start ends with its name', () => {
    const Statement = [{ Effect: 'Deny', Action: 'dynamodb:*', NotResource: '*' }]
    const Properties = { PolicyName: 'p', PolicyDocument: { Statement }, Roles: [{ Ref: 'WorkRole' }] }
    expect(() => load({ Policy: { Type: 'AWS::IAM::Policy', Properties } })).toThrow(/the function Test-Work uses it/)
  })
})

test('what AWS would refuse ends the start, next to whatever is left out', () => {
  const Jobs = {
    Type: 'AWS::SQS::Queue',
    Properties: { RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 3 } },
  }
  const Dead = { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } }
  expect(() => load({ ...foreign['a bucket']?.resources, Jobs, Dead })).toThrow('are not both FIFO')
  const misspelt = { functionProperties: { Work: { Environment: { Variables: { A: { Ref: 'Bukket' } } } } } }
  expect(() => load({ ...foreign['a bucket']?.resources }, misspelt)).toThrow('Bukket, which is not in the template')
})

test('a stack with another API serves it on a port of its own, and says where', async () => {
  const api = (name: string) => ({
    [name]: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: name, ProtocolType: 'HTTP' } },
    [`${name}Stage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: name }, StageName: '$default' },
    },
  })
  const stack = await withStack({ resources: { ...api('First'), ...api('Second') } })
  const [, second] = stack.lines.join('\n').match(/^local: The API Second \(Second\) is at (\S+)$/m) ?? []
  expect(second).not.toBe(stack.apiUrl)
  for (const url of [stack.apiUrl, second]) expect((await fetch(`${url}/x`)).status).toBe(404)
})

test('a stack with all of them runs its function, and its API answers on the routes that are left', async () => {
  const ApiId = { Ref: 'Api' }
  const integration = (logicalId: string) => ({
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ...{ ApiId, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: arnOf(logicalId) },
    },
  })
  const route = (RouteKey: string, to: string) => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId, RouteKey, Target: { 'Fn::Join': ['', ['integrations/', { Ref: to }]] } },
  })
  const { 'a WebSocket API': _, ...others } = foreign
  const stack = await withStack({
    resources: {
      ...Object.assign({}, ...Object.values(others).map(({ resources }) => resources)),
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
      Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId, StageName: '$default' } },
      ToWork: integration('Work'),
      ToPython: integration('Python'),
      Mine: route('GET /mine', 'ToWork'),
      Theirs: route('GET /theirs', 'ToPython'),
      MayInvoke: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          ...{ Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Work' }, Principal: 'apigateway.amazonaws.com' },
        },
      },
    },
    functions: { Work: handler },
  })
  expect(stack.lines).toContainEqual(expect.stringMatching(/^local: Theirs .* the function Test-Python is not in/))
  expect((await fetch(`${stack.apiUrl}/mine`)).status).toBe(200)
  expect((await fetch(`${stack.apiUrl}/theirs`)).status).toBe(404)
})
