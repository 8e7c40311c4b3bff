/** What operators may do, and do. On a stack of its own, where IAM decides who calls. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signer } from '../../console/api-client/sign.ts'
import { outbox } from '../../console/test/support/fake-ports.ts'
import type { DeadLetters } from '../../functions/api/routes/dead-letters/schemas.ts'
import type { Lane } from '../../functions/api/routes/lanes/schemas.ts'
import type { StackProcess } from '../../local/run-stack.ts'
import type { UsageSnapshot } from '../../local/usage.ts'
import { invoke, local } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import type { Status } from './support/jobs.ts'
import { type OwnStack, ownStack } from './support/own-stack.ts'
import { receiver } from './support/receiver.ts'

let own: OwnStack
let stack: StackProcess

beforeAll(async () => {
  own = await ownStack({ context: { authorization: 'iam' } })
  stack = await own.start()
})
afterAll(() => own[Symbol.asyncDispose]())

const signed = (accessKeyId: string) =>
  signer({
    credentials: async () => ({ accessKeyId, secretAccessKey: 'local' }),
    region: 'us-east-1',
    now: () => new Date(),
  })

/** Name of a policy of the template, and of somebody who has it. */
const nameOf = (policy: 'viewer' | 'operator') => `OutboxRelay-local-${policy}-us-east-1`

/** Runs the command line as somebody who has one of the template's policies, and nothing else. */
async function as(policy: 'viewer' | 'operator', line: string) {
  const sign = signed(`POLICY.${nameOf(policy)}`)
  const ports = {
    fetch: globalThis.fetch,
    now: () => new Date(),
    findStack: async () => ({ url: stack.apiUrl, flags: '--stage dev', sign }),
  }
  return outbox([...line.split(' '), '--stage', 'dev'], { ports, env: { NO_COLOR: '1' } })
}

/** The same as somebody of this machine, who may do everything. */
async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' }
  const url = new URL(stack.apiUrl + path)
  const proof = await signed('anyone')({ method, path, headers, body: text }, url)
  const response = await fetch(url, { method, headers: { ...headers, ...proof }, body: text })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

const groups = async () => (await call<DeadLetters>('GET', '/dead-letters?limit=1')).groups
const countOf = async (type: string) => (await groups()).filter((g) => g.type === type).reduce((n, g) => n + g.count, 0)

test('a viewer sees everything and can change nothing; an operator can, and each act tells who', async () => {
  const dying = { type: 'probe', payload: { key: 'p', permanent: true }, lane: 'urgent' }
  await call('POST', '/job-batches', { jobs: [dying, dying, dying] })
  await eventually(
    'three are dead',
    () => countOf('probe'),
    (count) => count === 3,
  )
  const id = (
    await call<{ id: string }>('POST', '/jobs', { type: 'probe', payload: { key: 'later' }, delaySeconds: 800 })
  ).id

  for (const line of [
    'stats',
    'alarms',
    'usage',
    'dlq ls',
    'jobs ls',
    `jobs get ${id}`,
    'lanes ls',
    'actions ls',
    'schedules ls',
  ])
    expect((await as('viewer', line)).code, line).toBe(0)
  for (const line of [`jobs cancel ${id}`, 'lanes pause bulk', 'reconcile', 'dlq redrive --all --yes']) {
    const { code, out, err } = await as('viewer', line)
    expect([code, out], line).toEqual([4, ''])
    expect(err, line).toMatch(/^outbox: [^\n]+\n$/)
  }
  expect(await call('GET', '/actions')).toEqual({ actions: [] })

  for (const line of [`jobs cancel ${id}`, 'lanes pause default', 'lanes resume default', 'dlq redrive --all --yes'])
    expect((await as('operator', line)).code, line).toBe(0)
  const { actions } = await call<{ actions: { by: string; action: string }[] }>('GET', '/actions')
  expect(actions.map(({ action }) => action)).toEqual(['redrive', 'resume lane', 'pause lane', 'cancel job'])
  expect(new Set(actions.map(({ by }) => by))).toEqual(
    new Set([`arn:aws:iam::000000000000:user/${nameOf('operator')}`]),
  )
})

test('a job whose group has every character that is allowed is found and cancelled by signed requests', async () => {
  const group = 'a:b@c+d=e_f.g-h'
  const job = { type: 'probe', payload: { key: 'signed' }, lane: 'ordered', group, delaySeconds: 800 }
  const { id } = await call<{ id: string }>('POST', '/jobs', job)
  expect(id).toMatch(/^a:b@c\+d=e_f\.g-h~/)
  expect(await as('viewer', `jobs get ${id}`)).toMatchObject({ code: 0, out: expect.stringContaining(id) })
  expect(await as('operator', `jobs cancel ${id}`)).toMatchObject({ code: 0 })
  expect(await call('GET', `/jobs/${encodeURIComponent(id)}`)).toMatchObject({ status: 'cancelled' })
})

test('a request that is signed with another secret is forbidden', async () => {
  const url = new URL(`${stack.apiUrl}/jobs`)
  const credentials = async () => ({ accessKeyId: `POLICY.${nameOf('viewer')}`, secretAccessKey: 'wrong' })
  const sign = signer({ credentials, region: 'us-east-1', now: () => new Date() })
  const headers = await sign({ method: 'GET', path: '/jobs', headers: {} }, url)
  const response = await fetch(url, { headers })
  expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }])
})

test('while every receiver is down its lane pauses automatically, and after it is fixed and resumed no job is lost', async () => {
  let fixed = false
  await using hook = await receiver(() => (fixed ? undefined : { status: 500, text: 'down' }))
  const at = new Date().toISOString()
  const posted = await Promise.all(
    [25, 25].map(async (count) => {
      const { id } = await call<{ id: string }>('POST', '/webhooks', { url: hook.url, events: ['order.created'] })
      const delivery = { type: 'deliver-webhook', payload: { webhookId: id, event: 'order.created', at, data: {} } }
      return call<{ jobs: { id: string }[] }>('POST', '/job-batches', {
        jobs: Array.from({ length: count }, () => delivery),
      })
    }),
  )
  const ids = posted.flatMap(({ jobs }) => jobs.map(({ id }) => id))

  const bulk = async () => (await call<{ lanes: Lane[] }>('GET', '/lanes')).lanes.find(({ name }) => name === 'bulk')
  const paused = await eventually('the lane pauses', bulk, (lane) => lane?.state === 'paused')
  expect(paused).toMatchObject({
    pausedBy: 'circuit breaker',
    pauseReason:
      'more than 30 jobs of several tenants failed within 60 s, and no job succeeded. Fix what its jobs depend on, then resume it',
    circuitBreaker: { failures: 30, withinSeconds: 60 },
  })
  const { actions } = await call<{ actions: { by: string; action: string; detail: string }[] }>('GET', '/actions')
  expect(actions[0]).toMatchObject({ by: 'circuit breaker', action: 'pause lane', detail: 'bulk' })
  expect(await countOf('deliver-webhook')).toBe(0)

  fixed = true
  expect((await as('operator', 'lanes resume bulk')).code).toBe(0)
  const statuses = async () =>
    Promise.all(ids.map(async (id) => (await call<{ status: Status }>('GET', `/jobs/${id}`)).status))
  await eventually('all succeed', statuses, (all) => all.every((status) => status === 'succeeded'))
  expect((await bulk())?.pausedBy).toBeUndefined()
})

test('the breaker leaves a lane alone that a person has paused', async () => {
  expect((await as('operator', 'lanes pause bulk')).code).toBe(0)
  const bulk = async () => (await call<{ lanes: Lane[] }>('GET', '/lanes')).lanes.find(({ name }) => name === 'bulk')
  const paused = await eventually('the lane is paused', bulk, (lane) => lane?.state === 'paused')
  expect(paused?.pausedBy).toBe(`arn:aws:iam::000000000000:user/${nameOf('operator')}`)

  const called = async () => {
    const { functions } = await local<UsageSnapshot>('GET', '/_local/usage', undefined, stack.awsUrl)
    return functions['OutboxRelay-local-circuit-breaker']?.invocations ?? 0
  }
  const before = await called()
  const alarmData = { alarmName: 'OutboxRelay-local-bulk-circuit-breaker', state: { reason: 'its last attempts fail' } }
  await invoke('circuit-breaker', { alarmData }, stack.awsUrl)
  await eventually('the breaker was called', called, (calls) => calls > before)
  expect(await bulk()).toEqual(paused)
})
