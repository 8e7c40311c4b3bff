/** The AWS endpoint beside the API: the SDK speaks to it, and it has some paths of its own. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { describe } from 'vitest'

export const awsUrl = process.env.AWS_ENDPOINT_URL ?? ''

/** A suite for stacks that have the endpoint; elsewhere it is skipped, and its name says why. */
export const withAws = (name: string, suite: () => void) =>
  awsUrl === '' ? describe.skip(`${name} (skipped: needs AWS_ENDPOINT_URL)`, suite) : describe(name, suite)

const client = {
  endpoint: awsUrl || 'http://localhost',
  region: process.env.AWS_REGION ?? 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
}
export const sqs = new SQSClient(client)
export const dynamodb = new DynamoDBClient(client)

const stack = `OutboxRelay-${process.env.STAGE ?? 'local'}`

export const tableName = (name: 'records' | 'outbox' | 'effects') => `${stack}-${name}`
export const alarmName = (name: string) => `${stack}-${name}`
/** Of a lane, its dead-letter queue (`<lane>-dlq`), or `relay-failures`. */
export const queueName = (name: string) => `${stack}-${name}`

/** Asks a path of the endpoint's own. */
export async function local<T>(method: string, path: string, body?: unknown, endpoint = awsUrl): Promise<T> {
  const response = await fetch(`${endpoint}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

export interface Alarm {
  readonly name: string
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
  readonly reason: string
}

export async function alarm(name: string): Promise<Alarm> {
  const { alarms } = await local<{ alarms: Alarm[] }>('GET', '/_local/alarms')
  const found = alarms.find((one) => one.name === alarmName(name))
  if (!found) throw new Error(`no alarm ${alarmName(name)} among ${alarms.map((one) => one.name).join(', ')}`)
  return found
}

export interface FaultRule {
  readonly service: string
  readonly operation?: string
  readonly match: string
  /** 0 to 1. @default - every call */
  readonly probability?: number
  readonly error?: { readonly statusCode?: number; readonly code?: string }
}

/** Adds a fault rule next to those of others. Remove it with {@link fix}. */
export const breakDown = (rule: FaultRule) => local('PATCH', '/_localstack/chaos/faults', [rule])
export const fix = (rule: FaultRule) => local('DELETE', '/_localstack/chaos/faults', [rule])

/** Starts a function, as its schedule does, without waiting for its end. */
export async function invoke(name: string, event: object = {}, endpoint = awsUrl): Promise<void> {
  const response = await fetch(`${endpoint}/2015-03-31/functions/${stack}-${name}/invocations`, {
    method: 'POST',
    body: JSON.stringify(event),
    headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
  })
  if (response.status !== 202) throw new Error(`invoking ${name} answered ${response.status}: ${await response.text()}`)
}
