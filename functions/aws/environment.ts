import type { CircuitBreaker, Lane } from '../../shared/define/lane.ts'
import { dueIndex, env, failingIndex, listIndex } from '../../shared/lib/names.ts'
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

/** The tables of a function that commits and does nothing else, as `OutboxRelay.grantCommit` names them. */
export function committerTables(): { readonly records: string; readonly outbox: string } {
  const value = process.env[env.committer]
  if (value) return JSON.parse(value)
  throw new Error(
    `The environment variable ${env.committer} is missing: call grantCommit(fn) of the OutboxRelay construct for this function, or give outbox() the names of the tables.`,
  )
}

export function laneUrls(): ReadonlyMap<string, LaneUrls> {
  return new Map(Object.entries(JSON.parse(required(env.lanes)) as Record<string, LaneUrls>))
}

/** The queue of timers, as a sender knows it; without ordered lanes there is none. */
export function timersQueue(): ReadonlyMap<string, Pick<LaneUrls, 'queueUrl'>> {
  const queueUrl = process.env[env.timersUrl]
  return new Map(queueUrl ? [['timers', { queueUrl }]] : [])
}

/** UUID of the event source mapping of each lane. */
export function laneMappings(): ReadonlyMap<string, string> {
  return new Map(Object.entries(JSON.parse(required(env.mappings)) as Record<string, string>))
}

/** The circuit breaker of each lane that has one. */
export function breakers(): ReadonlyMap<string, CircuitBreaker> {
  return new Map(Object.entries(JSON.parse(required(env.breakers)) as Record<string, CircuitBreaker>))
}

export const apiPath = (): string | undefined => process.env[env.apiPath] || undefined

/** What the functions call themselves in logs and metrics: the name of their stack. */
export const service = (): string => required('POWERTOOLS_SERVICE_NAME')

/** All that CloudWatch measures of the stack, but the lanes' jobs. */
export function monitored(): Monitored {
  const { records, outbox, effects } = tableNames()
  return {
    service: service(),
    tables: [
      { name: records },
      { name: records, index: listIndex.name },
      { name: outbox },
      { name: outbox, index: dueIndex.name },
      { name: effects },
      { name: effects, index: failingIndex.name },
    ],
    queues: [...laneUrls().values()].flatMap(({ kind, queueUrl, deadLetterUrl }) =>
      [queueUrl, deadLetterUrl].map((url) => ({ name: url.replace(/^.*\//, ''), fifo: kind === 'ordered' })),
    ),
    functions: Object.entries(JSON.parse(required(env.functions)) as Record<string, number>).map(
      ([name, memoryMb]) => ({ name, memoryMb }),
    ),
    api: required('AWS_LAMBDA_FUNCTION_NAME'),
    apiType: required(env.apiType) === 'rest' ? 'rest' : 'http',
  }
}

export const mailSender = (): string | undefined => process.env[env.mailSender] || undefined

/** ARN of the key of secrets; absent where the stage has none. */
export const secretsKey = (): string | undefined => process.env[env.secretsKey] || undefined

export const probes = (): boolean => process.env[env.probes] === 'true'
