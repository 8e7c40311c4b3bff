import type { Lane } from '../../shared/define/lane.ts'
import {
  consumerName,
  dueIndex,
  env,
  failingIndex,
  failureQueues,
  jobIndex,
  listIndex,
  queueName,
  resourceName,
} from '../../shared/lib/names.ts'
import type { Authorization, Scopes } from '../api/access.ts'
import type { Monitored } from './monitor.ts'

export interface LaneUrls {
  readonly kind: Lane['kind']
  readonly queueUrl: string
  readonly deadLetterUrl: string
}

/** A variable that the template sets. Throws at the start of the function if it does not. */
export function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw new Error(`The environment variable ${name} is missing; the template sets it, so redeploy the stack.`)
  }
  return value
}

export function tableNames() {
  return { records: required(env.recordsTable), outbox: required(env.outboxTable), effects: required(env.effectsTable) }
}

/** The tables of a function of the adopter's own, as `OutboxRelay.grantCommit` and `grantWait` name them. */
export function clientTables(): { readonly records: string; readonly outbox: string; readonly effects?: string } {
  const value = process.env[env.clientTables]
  if (value) return JSON.parse(value)
  throw new Error(
    `The environment variable ${env.clientTables} is missing: call grantCommit(fn) or grantWait(fn) of the OutboxRelay construct for this function, or give outbox() the names of the tables.`,
  )
}

type LaneName = Pick<Lane, 'name' | 'kind'>

/** URLs of the queues of lanes, which have the names that infra/lanes/queues.ts gives them. */
export function laneUrls(lanes: Iterable<LaneName>): ReadonlyMap<string, LaneUrls> {
  const prefix = service()
  return new Map(
    [...lanes].map((lane) => [
      lane.name,
      {
        kind: lane.kind,
        queueUrl: queueUrl(queueName({ prefix }, lane)),
        deadLetterUrl: queueUrl(queueName({ prefix }, lane, '-dlq')),
      },
    ]),
  )
}

/** URL of a queue of the stack: that of another one, with its name at the end. */
function queueUrl(name: string): string {
  return required(env.queueUrl).replace(/[^/]*$/, name)
}

/** URLs of the queues of failed outbox items and scheduled runs. */
export function failureQueueUrls(): string[] {
  return failureQueues.map((name) => queueUrl(resourceName({ prefix: service() }, name)))
}

/** The lanes of a relay. */
export function relayedLanes(): LaneName[] {
  const byKind = JSON.parse(required(env.lanes)) as Partial<Record<Lane['kind'], string[]>>
  return Object.entries(byKind).flatMap(([kind, names]) => names.map((name) => ({ name, kind: kind as Lane['kind'] })))
}

/** The queue of timers, as a sender knows it; without ordered lanes and debounced jobs there is none. */
export function timersQueue(): ReadonlyMap<string, Pick<LaneUrls, 'queueUrl'>> {
  const queueUrl = process.env[env.timersUrl]
  return new Map(queueUrl ? [['timers', { queueUrl }]] : [])
}

/**
 * UUID of the event source mapping of each lane.
 * @param lanes of the application, in its order; for the circuit breaker those that have one
 */
export function laneMappings(lanes: Iterable<LaneName>): ReadonlyMap<string, string> {
  const ids = required(env.mappings).split(',')
  return new Map([...lanes].map(({ name }, i) => [name, ids[i] ?? '']))
}

/** How the gateway of this stage verifies who calls. Only an exact `none` opens the API. */
export function authorization(): Authorization {
  const type = required(env.authorization)
  const scopes = process.env[env.scopes]
  return {
    type: type === 'none' || type === 'jwt' ? type : 'iam',
    scopes: scopes ? (JSON.parse(scopes) as Scopes) : undefined,
  }
}

/** Where spans are exported to, and the share of new traces that is. */
export function traceSettings(): { readonly endpoint: string; readonly ratio: number } {
  return { endpoint: required(env.otlpEndpoint).replace(/\/$/, ''), ratio: Number(required(env.otelSampleRatio)) }
}

/** The function that a span is of, by OpenTelemetry's names. */
export function tracedFunction(): Record<string, string | undefined> {
  const { AWS_REGION, AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_VERSION, AWS_LAMBDA_LOG_STREAM_NAME } = process.env
  return {
    'service.name': service(),
    'deployment.environment.name': process.env[env.stage],
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': AWS_REGION,
    'faas.name': AWS_LAMBDA_FUNCTION_NAME,
    'faas.version': AWS_LAMBDA_FUNCTION_VERSION,
    'faas.instance': AWS_LAMBDA_LOG_STREAM_NAME,
  }
}

export const tracesInXRay = (): boolean => process.env[env.tracesInXRay] === 'true'

export const apiPath = (): string | undefined => process.env[env.apiPath] || undefined

/** What the functions call themselves in logs and metrics: the name of their stack. */
export const service = (): string => required('POWERTOOLS_SERVICE_NAME')

/** All that CloudWatch measures of the stack, but the lanes' jobs. */
export function monitored(lanes: readonly Lane[]): Monitored {
  const { records, outbox, effects } = tableNames()
  return {
    service: service(),
    tables: [
      { name: records },
      { name: records, index: listIndex.name },
      { name: outbox },
      { name: outbox, index: dueIndex.name },
      ...(hasJobIndex() ? [{ name: outbox, index: jobIndex.name }] : []),
      { name: effects },
      { name: effects, index: failingIndex.name },
    ],
    queues: [...laneUrls(lanes).values()].flatMap(({ kind, queueUrl, deadLetterUrl }) =>
      [queueUrl, deadLetterUrl].map((url) => ({ name: url.replace(/^.*\//, ''), fifo: kind === 'ordered' })),
    ),
    functions: functionsOf(lanes),
    api: required('AWS_LAMBDA_FUNCTION_NAME'),
    apiType: required(env.apiType) === 'rest' ? 'rest' : 'http',
  }
}

/** Every function of the stack. The environment has no room for the consumers, of which there is one for each lane. */
function functionsOf(lanes: readonly Lane[]): Monitored['functions'] {
  const others = Object.entries(JSON.parse(required(env.functions)) as Record<string, number>)
  const consumers = lanes.map(({ name, memoryMb }) => [consumerName(name), memoryMb] as const)
  const prefix = service()
  return [...others, ...consumers].map(([name, memoryMb]) => ({ name: resourceName({ prefix }, name), memoryMb }))
}

export const mailSender = (): string | undefined => process.env[env.mailSender] || undefined

/** ARN of the key of secrets; absent where the stage has none. */
export const secretsKey = (): string | undefined => process.env[env.secretsKey] || undefined

/** Whether the stage has the index of all jobs. */
export const hasJobIndex = (): boolean => process.env[env.jobIndex] === 'true'

export const probes = (): boolean => process.env[env.probes] === 'true'
