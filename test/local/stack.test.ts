import { once } from 'node:events'
import { createServer } from 'node:net'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { startStack } from '../../local/stack.ts'
import { writeAssembly } from './support/template.ts'
import { temporaryDir, withStack } from './support/with-stack.ts'

const api = (functionId: string) => {
  const ApiId = { Ref: 'Api' }
  return {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId, StageName: '$default' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [functionId, 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId,
        RouteKey: '$default',
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
      },
    },
    MayInvoke: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: functionId },
        Principal: 'apigateway.amazonaws.com',
      },
    },
  }
}

const things = {
  Things: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    },
  },
}

const onStream = (functionId: string) => ({
  OnStream: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Things', 'StreamArn'] },
      FunctionName: { Ref: functionId },
      StartingPosition: 'TRIM_HORIZON',
    },
  },
})

const put = (pk: string) => new PutItemCommand({ TableName: 'Test-Things', Item: { pk: { S: pk } } })

function client(awsUrl: string) {
  const dynamodb = new DynamoDBClient({
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  onTestFinished(() => dynamodb.destroy())
  return dynamodb
}

test('a template runs: its API answers, its stream reaches its function, the stack tells about itself, and all of it stops', async () => {
  const stack = await withStack({
    resources: { ...things, ...api('Hello'), ...onStream('Relay') },
    functions: {
      Hello: `export const handler = async () => ({ statusCode: 200, body: 'hello' })`,
      Relay: `export const handler = async ({ Records }) => {
        for (const { dynamodb } of Records) console.log('saw ' + dynamodb.Keys.pk.S)
      }`,
    },
  })
  const { apiUrl, awsUrl, lines } = stack
  expect(await (await fetch(`${apiUrl}/anything`)).text()).toBe('hello')
  await client(awsUrl).send(put('a'))
  await expect.poll(() => lines.join('\n'), { timeout: 10_000 }).toContain('saw a')

  expect((await fetch(`${awsUrl}/_local/health`)).status).toBe(200)
  const { functions } = (await (await fetch(`${awsUrl}/_local/functions`)).json()) as { functions: { name: string }[] }
  expect(functions.map(({ name }) => name).sort()).toEqual(['Test-Hello', 'Test-Relay'])
  const kill = (name: string) => fetch(`${awsUrl}/_local/functions/${name}/kill`, { method: 'POST' })
  expect(await (await kill('Test-Hello')).json()).toEqual({ killed: 1 })
  expect((await kill('Test-Nobody')).status).toBe(404)
  expect(await (await fetch(`${awsUrl}/_local/alarms`)).json()).toEqual({ alarms: [] })

  await stack.stop()
  await stack.stop()
  await expect(fetch(`${awsUrl}/_local/health`)).rejects.toThrow()
  await expect(fetch(apiUrl)).rejects.toThrow()
})

test('a start that fails half way leaves nothing running, and its directory free', async () => {
  const { assemblyDir, stackName } = writeAssembly({ resources: things })
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as { port: number }
  const dataDir = temporaryDir()
  const settings = { assemblyDir, stackName, dataDir, awsPort: 0, log: () => {} }
  await expect(startStack({ ...settings, port })).rejects.toThrow(
    `Port ${port} is in use. Stop what listens there, or set PORT to another port`,
  )
  const stack = await startStack({ ...settings, port: 0 })
  await stack.stop()
})

test('a start that is given up ends with nothing running', async () => {
  const { assemblyDir, stackName } = writeAssembly({ resources: things })
  const controller = new AbortController()
  const dataDir = temporaryDir()
  const log = (_: string, line: string) => line.includes('tables') && controller.abort(new Error('enough'))
  const settings = { assemblyDir, stackName, dataDir, awsPort: 0, port: 0, log }
  await expect(startStack({ ...settings, signal: controller.signal })).rejects.toThrow('enough')
  const stack = await startStack(settings)
  await stack.stop()
})

test('a second stack on the same directory is refused with the process that has it', async () => {
  const { dataDir } = await withStack({ resources: things })
  await expect(withStack({ resources: things }, { dataDir })).rejects.toThrow(
    `Another stack (process ${process.pid}) is running on ${dataDir}. Stop it, or set DATA_DIR to another directory`,
  )
})

test('a stack whose engine dies says so', async () => {
  const { failed, dataDir } = await withStack({ resources: {} })
  const { readFileSync } = await import('node:fs')
  process.kill(Number(readFileSync(`${dataDir}/sqs/engine.pid`, 'utf8')), 'SIGKILL')
  expect((await failed).message).toBe('The SQS engine ended: it ended with SIGKILL. Start the stack again')
})
