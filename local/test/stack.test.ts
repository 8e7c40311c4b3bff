import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { expect, onTestFinished, test } from 'vitest'
import { startStack } from '../stack.ts'
import { sqsClient } from './support/engines.ts'
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

test('stacks that share a DynamoDB Local have tables of their own, which stay for the next start', async () => {
  const assembly = writeAssembly({ resources: things })
  const dataDir = temporaryDir()
  const [first, second] = [await withStack(assembly, { dataDir }), await withStack(assembly)]
  const read = async (awsUrl: string) =>
    (await client(awsUrl).send(new ScanCommand({ TableName: 'Test-Things' }))).Items?.map(({ pk }) => pk?.S)
  await client(first.awsUrl).send(put('first'))
  await client(second.awsUrl).send(put('second'))
  expect([await read(first.awsUrl), await read(second.awsUrl)]).toEqual([['first'], ['second']])
  await first.stop()
  expect(await read((await withStack(assembly, { dataDir })).awsUrl)).toEqual(['first'])
})

const enginePid = (dataDir: string, engine: string) => Number(readFileSync(`${dataDir}/${engine}/engine.pid`, 'utf8'))

test('engines that die come back with what they held, and the stack goes on', async () => {
  const jobs = { Jobs: { Type: 'AWS::SQS::Queue', Properties: {} } }
  const { awsUrl, dataDir, lines, stop } = await withStack(
    {
      resources: { ...things, ...jobs, ...onStream('Relay') },
      functions: {
        Relay: `export const handler = async ({ Records }) => {
        for (const { dynamodb } of Records) console.log('saw ' + dynamodb.Keys.pk.S)
      }`,
      },
    },
    { ownDynamoDb: true },
  )
  const [dynamodb, sqs] = [client(awsUrl), sqsClient(awsUrl)]
  const QueueUrl = `${awsUrl}/000000000000/Test-Jobs`
  await dynamodb.send(put('before'))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }))
  const pids = ['dynamodb', 'sqs'].map((engine) => enginePid(dataDir, engine))
  for (const pid of pids) process.kill(pid, 'SIGKILL')

  // As in an outage of AWS: calls fail for a while, and the SDK's retries get through.
  await expect.poll(() => dynamodb.send(put('after')).then(() => 'done', String), { timeout: 30_000 }).toBe('done')
  await expect.poll(() => lines.join('\n'), { timeout: 20_000 }).toContain('saw after')
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
  expect(Messages).toMatchObject([{ Body: 'kept' }])
  expect(lines).toContain('local: DynamoDB Local died (it ended with SIGKILL); starting it again')
  expect(['dynamodb', 'sqs'].map((engine) => enginePid(dataDir, engine))).not.toEqual(pids)
  await stop()
})

test('an engine that cannot come back ends the stack, with the reason', async () => {
  const { failed, dataDir } = await withStack({ resources: {} })
  const pid = enginePid(dataDir, 'sqs')
  // Its directory is no directory any more.
  rmSync(`${dataDir}/sqs`, { recursive: true })
  writeFileSync(`${dataDir}/sqs`, '')
  process.kill(pid, 'SIGKILL')
  expect((await failed).message).toMatch(/^The SQS engine does not come back: .*EEXIST.*\. Start the stack again$/s)
})
