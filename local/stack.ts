import { startAlarms } from './alarms/alarms.ts'
import { takeDataDir } from './data-dir.ts'
import { runningDynamoDb, startDynamoDb } from './engines/dynamodb.ts'
import { startRestarting } from './engines/restarting.ts'
import { startSqs } from './engines/sqs.ts'
import { withFaults } from './gateway/faults.ts'
import { startGateway } from './gateway/gateway.ts'
import { startHttpApi } from './http-api/http-api.ts'
import type { StaticFiles } from './http-api/static-files.ts'
import { createAsyncInvocations } from './lambda/async-invocations.ts'
import { createFunctions } from './lambda/functions.ts'
import { withInspector } from './lambda/inspector.ts'
import { startMappings } from './mappings/start.ts'
import { createMetrics } from './metrics.ts'
import type { Api, StackModel } from './model.ts'
import { provision } from './provision.ts'
import { addRoutes } from './routes.ts'
import { startScheduler } from './scheduler/scheduler.ts'
import { createParts, type Parts } from './stopping.ts'
import { holdPort } from './tcp-port.ts'
import { loadStack } from './template/load.ts'
import type { Functions, Log, Running } from './types.ts'
import { createUsage } from './usage.ts'

export interface StackSettings {
  readonly assemblyDir: string
  readonly stackName: string
  readonly dataDir: string
  /** A DynamoDB Local that runs already and keeps access keys apart, in place of one on `dataDir`. @default - one on `dataDir` */
  readonly dynamoDbUrl?: string
  /** Of the HTTP API; 0 is a free one. */
  readonly port: number
  /** Of the local AWS endpoint; 0 is a free one. */
  readonly awsPort: number
  /** Directories that the HTTP API's server serves next to the API. */
  readonly files?: readonly StaticFiles[]
  /** A function to debug: its name, or the end of it. */
  readonly inspect?: string
  /** Evaluate the alarms once a minute, as CloudWatch does. @default false */
  readonly realTime?: boolean
  /** The identities that SES has verified. @default - every sender is verified */
  readonly sesIdentities?: StackModel['sesIdentities']
  /** AWS's runtime interface client, which runs the handlers in place of this project's bootstrap. */
  readonly runtimeClient?: string
  readonly log: Log
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal
}

export interface Stack extends Running {
  /** Empty when the template has no API. */
  readonly apiUrl: string
  readonly awsUrl: string
  readonly model: StackModel
  /** Resolves when a part ended that was not told to; the stack is of no use then. Never rejects. */
  readonly failed: Promise<Error>
  readonly replaceProcesses: Functions['replaceProcesses']
}

/**
 * Runs a synthesized stack on this machine, and resolves once all of it is up. Throws one readable line, with nothing
 * left running, when the template, the data directory, a port or an engine is not as it must be.
 */
export async function startStack(settings: StackSettings): Promise<Stack> {
  const parts = createParts(settings.log, settings.signal)
  try {
    return await startParts(settings, parts)
  } catch (error) {
    await parts.stop()
    throw error
  }
}

async function startParts(settings: StackSettings, { start, stop }: Parts): Promise<Stack> {
  const { assemblyDir, stackName, log, files = [], runtimeClient } = settings
  const data = takeDataDir(settings.dataDir)
  await start(() => ({ stop: async () => data.release() }))
  const dataDir = data.path
  const hold = (port: number, setting: string) =>
    start(async () => {
      const held = await holdPort(port, setting)
      return { ...held, stop: held.release }
    })
  const awsPort = await hold(settings.awsPort, 'AWS_PORT')
  const apiPort = await hold(settings.port, 'PORT')
  const { sesIdentities, realTime } = settings
  const loaded = loadStack(assemblyDir, stackName, { awsPort: awsPort.number })
  for (const line of loaded.leftOut) log('local', line)
  const withSenders = { ...loaded.model, sesIdentities }
  const model = settings.inspect ? withInspector(withSenders, settings.inspect) : withSenders

  const [dynamodb, sqs] = await allOrNone(
    start(async () =>
      settings.dynamoDbUrl
        ? runningDynamoDb(settings.dynamoDbUrl, dataDir)
        : startRestarting('DynamoDB Local', () => startDynamoDb({ dataDir, log }), log),
    ),
    start(() => startRestarting('The SQS engine', () => startSqs({ dataDir, log }), log)),
  )
  await provision(model, { dynamodb, sqs })
  log('local', `${model.tables.length} tables and ${model.queues.length} queues are there`)

  const metrics = createMetrics()
  const usage = createUsage()
  await awsPort.release()
  const gateway = await start(() =>
    startGateway({ model, dynamodb, sqs, port: awsPort.number, dataDir, log, usage, metrics }),
  )
  const gatewayUrl = gateway.url
  const { metricsDelay } = gateway.effects
  const functions = await start(() =>
    withFaults(
      createFunctions({ model, gatewayUrl, log, metrics, usage, runtimeClient, metricsDelay }),
      gateway.faults,
    ),
  )
  const asyncSettings = { model, gatewayUrl, functions, metrics, log }
  const invocations = await start(() => createAsyncInvocations(asyncSettings))
  const mappings = await start(() => startMappings({ model, gatewayUrl, functions, dataDir, log, metrics }))
  gateway.attach({ functions, invocations, mappings })
  await apiPort.release()
  const [api, ...others] = model.apis
  const serve = (one: Api, port: number) =>
    start(() => startHttpApi({ model: { ...model, apis: [one] }, port, functions, files, log, metrics }))
  const apiUrl = api ? (await serve(api, apiPort.number)).url : ''
  for (const other of others)
    log('local', `The API ${other.name} (${other.logicalId}) is at ${(await serve(other, 0)).url}`)
  const schedules = await start(() => startScheduler({ model, gatewayUrl, invocations, dataDir, log }))
  const alarms = await start(() => startAlarms({ model, gateway, sqs, metrics, invocations, log, realTime }))
  gateway.attachAlarms(alarms.evaluate)
  addRoutes(
    gateway,
    { functions, mappings, schedules },
    model.functions.map(({ name }) => name),
  )

  const failed = Promise.race([
    dynamodb.failed.then((reason) => new Error(`DynamoDB Local does not come back: ${reason}. Start the stack again`)),
    sqs.failed.then((reason) => new Error(`The SQS engine does not come back: ${reason}. Start the stack again`)),
  ])
  return { apiUrl, awsUrl: gatewayUrl, model, failed, replaceProcesses: functions.replaceProcesses, stop }
}

/** Like `Promise.all`, and nothing is still on its way when it rejects: what came up can be stopped then. */
async function allOrNone<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return Promise.all([a, b])
}
