import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { KMSClient } from '@aws-sdk/client-kms'
import { SESClient } from '@aws-sdk/client-ses'
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll } from 'vitest'
import { startSqs } from '../../engines/sqs.ts'
import { startGateway } from '../../gateway/gateway.ts'
import { createMetrics } from '../../metrics.ts'
import type { EncryptionKey, LambdaFunction, Queue, Role, StackModel, Statement, Table } from '../../model.ts'
import { provision } from '../../provision.ts'
import { accessKeyId, type Engine } from '../../types.ts'
import { createUsage } from '../../usage.ts'
import { dataRoot } from './data-root.ts'
import { sharedDynamoDb } from './shared-dynamodb.ts'

export const REGION = 'us-east-1'
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

/** A key whose policy leaves the decision to the account, as KMS makes it by default. */
export function key(keyId: string, rest: Partial<EncryptionKey> = {}): EncryptionKey {
  const account = { ...allow('kms:*', '*'), principals: [`arn:aws:iam::${ACCOUNT}:root`] }
  return { logicalId: keyId, keyId, arn: keyArn(keyId), enabled: true, aliases: [], policy: [account], ...rest }
}

export function keyArn(keyId: string): string {
  return `arn:aws:kms:${REGION}:${ACCOUNT}:key/${keyId}`
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
    foreignPolicies: [],
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
    keys: [],
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

/** Both real engines on a directory of their own. */
export async function startEngines() {
  const dataDir = await mkdtemp(join(dataRoot(), 'engines-'))
  const log = () => undefined
  const dynamodb = sharedDynamoDb()
  const sqs = await startSqs({ dataDir, log })
  const stop = async () => {
    await sqs.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { dynamodb, sqs, stop }
}

/** The SQS engine alone, with the queues of the model in it. */
export async function startQueues(stack?: StackModel): Promise<Engine> {
  const dataDir = await mkdtemp(join(dataRoot(), 'sqs-'))
  const engine = await startSqs({ dataDir, log: () => undefined })
  if (stack) await provision({ ...stack, tables: [] }, { dynamodb: NO_ENGINE, sqs: engine })
  return {
    endpoint: engine.endpoint,
    stop: async () => {
      await engine.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** An engine that nobody is to call. */
export const NO_ENGINE: Engine = { endpoint: 'http://127.0.0.1:9', stop: async () => undefined }

/** A gateway in front of the engines, and what a test wants to know of it. */
export async function gatewayFor(
  stack: StackModel,
  engines: { dynamodb?: Engine; sqs?: Engine; dataDir?: string } = {},
) {
  const dataDir = engines.dataDir ?? (await mkdtemp(join(dataRoot(), 'gateway-')))
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
    clients: (caller?: string, kind?: 'function' | 'mapping') => clientsOf(gateway.url, caller, kind),
    // biome-ignore lint/suspicious/noExplicitAny: an answer is compared, not used
    get: async (path: string) => (await fetch(gateway.url + path)).json() as Promise<any>,
    send: async (method: string, path: string, body?: unknown) =>
      fetch(gateway.url + path, { method, body: body === undefined ? undefined : JSON.stringify(body) }),
    stop: async () => {
      await gateway.stop()
      if (!engines.dataDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A gateway in front of both real engines, with the tables and queues of the model in them, until the tests of the file end. */
export async function gatewayOnEngines(stack: StackModel) {
  const engines = await startEngines()
  afterAll(() => engines.stop())
  await provision(stack, engines)
  const local = await gatewayFor(stack, engines)
  // Hooks run in reverse: the gateway stops before its engines.
  afterAll(() => local.stop())
  return { engines, local }
}

/** SDK clients of an operator, of a function of the stack, or of a mapping that polls for it. */
export function clientsOf(endpoint: string, functionName?: string, kind: 'function' | 'mapping' = 'function') {
  const key = functionName ? accessKeyId({ kind, functionName }) : 'operator'
  const config = { endpoint, region: REGION, credentials: { accessKeyId: key, secretAccessKey: 'x' }, maxAttempts: 1 }
  return {
    dynamodb: new DynamoDBClient(config),
    streams: new DynamoDBStreamsClient(config),
    sqs: new SQSClient(config),
    ses: new SESClient(config),
    kms: new KMSClient(config),
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
