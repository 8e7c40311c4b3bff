import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startAlarms } from '../alarms/alarms.ts'
import { createMetrics } from '../metrics.ts'
import type { Alarm, LambdaFunction } from '../model.ts'
import type { Engine, RouteHandler } from '../types.ts'
import { alarm, metric } from './support/alarms.ts'
import { functionWith, gatewayFor, model, NO_ENGINE, queue, startQueues, until } from './support/gateway.ts'

const depth = (name: string) =>
  metric({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: name },
    statistic: 'Maximum',
  })
const age = (name: string) => ({ ...depth(name), metricName: 'ApproximateAgeOfOldestMessage' })
const stack = model({
  queues: [queue('dead'), queue('old'), queue('read')],
  alarms: [
    alarm({ name: 'dead-letters', metrics: [depth('dead')], actions: ['arn:aws:sns:us-east-1:000000000000:alarms'] }),
    alarm({ name: 'too-old', metrics: [age('old')] }),
    alarm({ name: 'unread', metrics: [depth('read')] }),
  ],
})

let engine: Engine
let local: Awaited<ReturnType<typeof gatewayFor>>
let alarms: Awaited<ReturnType<typeof startAlarms>>

beforeAll(async () => {
  engine = await startQueues(stack)
  local = await gatewayFor(stack, { sqs: engine })
  const log = (source: string, line: string) => local.lines.push(`${source}: ${line}`)
  alarms = await startAlarms({
    model: stack,
    gateway: local.gateway,
    sqs: engine,
    metrics: local.metrics,
    invocations: { begin: async () => ({ ok: true, payload: null, durationMs: 1 }) },
    log,
  })
})
afterAll(async () => {
  await alarms.stop()
  await local.stop()
  await engine.stop()
})

const status = async (name: string) =>
  (await local.get('/_local/alarms')).alarms.find((entry: { name: string }) => entry.name === name)
const reaches = (name: string, state: string) => until(async () => (await status(name)).state === state)

test('an alarm goes to ALARM when its queue fills, and back to OK when it is emptied', async () => {
  const { sqs } = local.clients()
  expect(await status('dead-letters')).toEqual({
    name: 'dead-letters',
    description: 'Something fails',
    state: 'OK',
    reason: expect.stringContaining('latest datapoints 0'),
    since: expect.stringMatching(/Z$/),
  })
  await sqs.send(new SendMessageCommand({ QueueUrl: local.queueUrl('dead'), MessageBody: 'x' }))
  const alarmed = await status('dead-letters')
  expect(alarmed).toMatchObject({
    state: 'ALARM',
    reason: expect.stringContaining('Threshold crossed: latest datapoints 1'),
  })
  expect((await status('dead-letters')).since).toBe(alarmed.since)
  await sqs.send(new PurgeQueueCommand({ QueueUrl: local.queueUrl('dead') }))
  expect(await status('dead-letters')).toMatchObject({ state: 'OK' })
  expect(local.lines.filter((line) => line.startsWith('alarms: dead-letters'))).toEqual([
    expect.stringContaining('dead-letters: OK → ALARM'),
    'alarms: dead-letters would notify arn:aws:sns:us-east-1:000000000000:alarms',
    expect.stringContaining('dead-letters: ALARM → OK'),
  ])
})

test('the age of the oldest message is that of a waiting or a running one', async () => {
  const { sqs } = local.clients()
  await sqs.send(new SendMessageCommand({ QueueUrl: local.queueUrl('old'), MessageBody: 'x' }))
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: local.queueUrl('old') }))
  await reaches('too-old', 'ALARM')
})

test('a message that became visible again counts, though nobody receives', async () => {
  const { sqs } = local.clients()
  const QueueUrl = local.queueUrl('read')
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }))
  await reaches('unread', 'OK')
  await reaches('unread', 'ALARM')
})

test('metrics of the functions raise alarms too', async () => {
  const metrics = createMetrics()
  const errors = metric({ namespace: 'AWS/Lambda', metricName: 'Errors', dimensions: { FunctionName: 'relay' } })
  const { list, stop } = await start([alarm({ metrics: [errors] })], metrics)
  metrics.put({ namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'other' }, value: 1 })
  expect((await list())[0]?.state).toBe('OK')
  metrics.put({ namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'relay' }, value: 1 })
  expect((await list())[0]?.state).toBe('ALARM')
  await stop()
})

test('datapoints are kept for as long as the longest alarm looks back', async () => {
  const metrics = createMetrics()
  const day = metric({ periodSeconds: 86_400 })
  const { list, stop } = await start([alarm({ metrics: [day] })], metrics)
  const failure = { namespace: 'App', name: 'Failures', dimensions: {} }
  metrics.put({ ...failure, value: 1, at: Date.now() - 80_000_000 })
  for (let i = 0; i < 2000; i += 1) metrics.put({ ...failure, value: 0 })
  expect((await list())[0]?.state).toBe('ALARM')
  await stop()
})

test('an alarm that cannot be evaluated is named with the reason, and the others are there', async () => {
  const lines: string[] = []
  const odd = alarm({ name: 'odd', metrics: [metric({ statistic: 'IQM' })] })
  const { list, stop } = await start([odd, alarm()], createMetrics(), lines)
  expect(lines).toEqual([expect.stringMatching(/^odd is left out: The statistic IQM is not evaluated here\./)])
  expect(await list()).toMatchObject([{ name: 'failing' }])
  await stop()
})

test('an alarm on metrics that nothing fills here is said to have no data', async () => {
  const lines: string[] = []
  const throttles = metric({ namespace: 'AWS/DynamoDB', metricName: 'ThrottledRequests' })
  const { stop } = await start([alarm({ metrics: [throttles] })], createMetrics(), lines)
  expect(lines).toEqual(['failing watches AWS/DynamoDB, which has no data here'])
  await stop()
})

test('an alarm in ALARM calls its function, if the permissions let CloudWatch', async () => {
  const metrics = createMetrics()
  const lines: string[] = []
  const { fn } = functionWith('react', [])
  const by = (sourceArn: string) => ({
    ...fn,
    permissions: [{ principal: 'lambda.alarms.cloudwatch.amazonaws.com', sourceArn }],
  })
  const failing = alarm({ name: 'failing', actions: [fn.arn] })
  const own = await start([failing], metrics, lines, [by('arn:aws:cloudwatch:us-east-1:000000000000:alarm:failing')])
  const another = await start([failing], metrics, lines, [by('arn:aws:cloudwatch:us-east-1:000000000000:alarm:other')])
  metrics.put({ namespace: 'App', name: 'Failures', dimensions: {}, value: 1 })
  for (const { list } of [own, another]) expect((await list())[0]?.state).toBe('ALARM')
  await own.list()
  expect(own.calls).toEqual([
    [
      'react',
      expect.objectContaining({
        alarmData: expect.objectContaining({
          alarmName: 'failing',
          state: expect.objectContaining({ value: 'ALARM', reason: expect.stringContaining('Threshold crossed') }),
        }),
      }),
    ],
  ])
  expect(another.calls).toEqual([])
  expect(lines.join('\n')).toContain('failing cannot call')
  await Promise.all([own.stop(), another.stop()])
})

test('an alarm with metric math that AWS advises against is named at the start', async () => {
  const lines: string[] = []
  const metrics = [metric({ id: 'e1', expression: 'FILL(m1, 0)' }), metric({ returnData: false })]
  const running = await start([alarm({ name: 'deaf', metrics })], createMetrics(), lines)
  await running.stop()
  expect(lines.join()).toContain('deaf: AWS advises against its metric math. FILL')
})

describe('in real time', () => {
  afterEach(() => void vi.useRealTimers())
  const at = (time: string) => vi.setSystemTime(Date.parse(`2026-01-01T${time}Z`))
  const failed = { namespace: 'App', name: 'Failures', dimensions: {}, value: 1 }

  test('an alarm changes with the whole minute, and a late datapoint is too late for a single period', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T10:00:10Z') })
    const metrics = createMetrics()
    const twoOfThree = { name: 'patient', evaluationPeriods: 3, datapointsToAlarm: 1 }
    const { list, stop } = await start([alarm({ name: 'quick' }), alarm(twoOfThree)], metrics, [], [], true)
    const states = async () => (await list()).map(({ state }) => state)
    metrics.put(failed)
    expect(await states()).toEqual(['OK', 'OK'])
    at('10:01:00')
    expect(await states()).toEqual(['ALARM', 'ALARM'])
    at('10:05:00')
    expect(await states()).toEqual(['OK', 'OK'])
    // Of 10:04, and read only after that minute was evaluated.
    metrics.put({ ...failed, at: Date.parse('2026-01-01T10:04:30Z') })
    at('10:05:59')
    expect(await states()).toEqual(['OK', 'OK'])
    at('10:06:00')
    expect(await states()).toEqual(['OK', 'ALARM'])
    await stop()
  })
})

/** Alarms without queues; `list` asks as `GET /_local/alarms` does. */
async function start(
  list: Alarm[],
  metrics = createMetrics(),
  lines: string[] = [],
  functions: LambdaFunction[] = [],
  realTime = false,
) {
  const calls: unknown[] = []
  let ask: RouteHandler | undefined
  const running = await startAlarms({
    model: { ...model({ alarms: list }), functions },
    invocations: {
      begin: async (name, event) => {
        calls.push([name, event])
        return { ok: true, payload: null, durationMs: 1 }
      },
    },
    gateway: {
      route(_method, _path, handler) {
        ask = handler
      },
    },
    sqs: NO_ENGINE,
    metrics,
    realTime,
    log: (_, line) => lines.push(line),
  })
  return {
    async list() {
      const answer = await ask?.({ params: {}, query: new URLSearchParams(), body: undefined })
      return (answer?.body as { alarms: { state: string }[] } | undefined)?.alarms ?? []
    },
    calls,
    stop: running.stop,
  }
}
