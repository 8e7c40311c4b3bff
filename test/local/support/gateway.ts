import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { SESClient } from '@aws-sdk/client-ses'
import { SQSClient } from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { startGateway } from '../../../local/gateway/gateway.ts'
import { createMetrics } from '../../../local/metrics.ts'
import type { LambdaFunction, Queue, Role, StackModel, Statement, Table } from '../../../local/model.ts'
import { accessKeyId, type Engine } from '../../../local/parts.ts'
import { createUsage } from '../../../local/usage.ts'

export const REGION = 'eu-west-1'
export const ACCOUNT = '000000000000'

/** A queue of the model, with its URL where the gateway will not be: only the name in it counts. */
export function queue(name: string, rest: Partial<Queue> = {}): Queue {
  const arn = queueArn(name)
  const url = `http://127.0.0.1:4566/${ACCOUNT}/${name}`
  return { logicalId: name, name, arn, url, fifo: name.endsWith('.fifo'), attributes: {}, policy: [], ...rest }
}

export function queueArn(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`
}

export function redriveTo(name: string, maxReceiveCount = 1): Record<string, string> {
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(name), maxReceiveCount }) }
}

export function table(name: string, rest: Partial<Table> = {}): Table {
  const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`
  return { logicalId: name, name, arn, partitionKey: { name: 'pk', type: 'S' }, indexes: [], ...rest }
}

/** A function and its role. */
export function functionWith(name: string, statements: readonly Statement[]): { fn: LambdaFunction; role: Role } {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/${name}-role`
  const role: Role = {
    logicalId: `${name}Role`,
    name: `${name}-role`,
    arn: roleArn,
    trusts: ['lambda.amazonaws.com'],
    statements,
    awsManagedPolicies: [],
  }
  const fn: LambdaFunction = {
    logicalId: name,
    name,
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    codeDir: '/nowhere',
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    timeoutSeconds: 3,
    memoryMb: 128,
    environment: {},
    roleArn,
    permissions: [],
  }
  return { fn, role }
}

export function allow(
  actions: string | string[],
  resources: string | string[],
  more: Partial<Statement> = {},
): Statement {
  return { effect: 'Allow', actions: [actions].flat(), resources: [resources].flat(), conditions: {}, ...more }
}

export function model(parts: Partial<StackModel> & { actors?: ReturnType<typeof functionWith>[] } = {}): StackModel {
  const { actors = [], ...rest } = parts
  return {
    stackName: 'Test',
    accountId: ACCOUNT,
    region: REGION,
    tables: [],
    queues: [],
    topics: [],
    functions: actors.map(({ fn }) => fn),
    roles: actors.map(({ role }) => role),
    mappings: [],
    apis: [],
    schedules: [],
    alarms: [],
    outputs: {},
    ...rest,
  }
}

/** DynamoDB Local in memory, on a free port. */
export async function startDynamo(): Promise<Engine> {
  const require = createRequire(import.meta.url)
  const home = join(dirname(require.resolve('amplify-dynamodb-simulator/package.json')), 'emulator')
  const port = await freePort()
  const options = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)]
  const child = spawn(
    'java',
    [`-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`, '-jar', join(home, 'DynamoDBLocal.jar'), ...options],
    { stdio: 'ignore' },
  )
  const endpoint = `http://127.0.0.1:${port}`
  await answering(endpoint, child)
  return {
    endpoint,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

/** The SQS engine in memory, on a free port. */
export async function startQueues(): Promise<Engine> {
  const server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1', defaultRegion: REGION })
  return { endpoint: `http://127.0.0.1:${server.port}`, stop: async () => void (await server.stop()) }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const up = await fetch(endpoint, { signal: AbortSignal.timeout(1000) }).then(
      () => true,
      () => false,
    )
    if (up) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('DynamoDB Local did not start.')
}

/** An engine that nobody is to call. */
export const NO_ENGINE: Engine = { endpoint: 'http://127.0.0.1:9', stop: async () => undefined }

/** A gateway in front of the engines, and what a test wants to know of it. */
export async function gatewayFor(
  stack: StackModel,
  engines: { dynamodb?: Engine; sqs?: Engine; dataDir?: string } = {},
) {
  const dataDir = engines.dataDir ?? (await mkdtemp(join(tmpdir(), 'gateway-')))
  const lines: string[] = []
  const usage = createUsage()
  const metrics = createMetrics()
  const gateway = await startGateway({
    model: stack,
    dynamodb: engines.dynamodb ?? NO_ENGINE,
    sqs: engines.sqs ?? NO_ENGINE,
    port: 0,
    dataDir,
    log: (source, line) => lines.push(`${source}: ${line}`),
    usage,
    metrics,
  })
  return {
    ...gateway,
    gateway,
    usage,
    metrics,
    lines,
    dataDir,
    queueUrl: (name: string) => `${gateway.url}/${ACCOUNT}/${name}`,
    clients: (caller?: string) => clientsOf(gateway.url, caller),
    get: async (path: string) => (await fetch(gateway.url + path)).json() as Promise<never>,
    send: async (method: string, path: string, body?: unknown) =>
      fetch(gateway.url + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    stop: async () => {
      await gateway.stop()
      if (!engines.dataDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** SDK clients of an operator, or of a function of the stack. */
export function clientsOf(endpoint: string, functionName?: string) {
  const key = functionName ? accessKeyId({ kind: 'function', functionName }) : 'operator'
  const config = { endpoint, region: REGION, credentials: { accessKeyId: key, secretAccessKey: 'x' }, maxAttempts: 1 }
  return {
    dynamodb: new DynamoDBClient(config),
    streams: new DynamoDBStreamsClient(config),
    sqs: new SQSClient(config),
    ses: new SESClient(config),
  }
}

/** Waits until the condition holds; the test's own time limit is the only one. */
export async function until<T>(condition: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const value = await condition()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
