import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createAsyncInvocations } from '../lambda/async-invocations.ts'
import { createMetrics } from '../metrics.ts'
import type { Queue, Role, Schedule, StackModel } from '../model.ts'
import { type Scheduler, startScheduler } from '../scheduler/scheduler.ts'
import type { InvokeResult } from '../types.ts'
import { ACCOUNT, emptyModel, REGION } from './support/functions.ts'
import { apiFunction } from './support/http-api.ts'

const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/schedule`

const role: Role = {
  logicalId: 'Role',
  name: 'schedule',
  arn: ROLE_ARN,
  trusts: ['scheduler.amazonaws.com'],
  statements: [{ effect: 'Allow', actions: ['lambda:InvokeFunction'], resources: [apiFunction.arn], conditions: {} }],
  foreignPolicies: [],
}

const schedule: Schedule = {
  logicalId: 'Schedule',
  name: 'sweep',
  groupName: 'default',
  expression: 'rate(1 minute)',
  timezone: 'UTC',
  enabled: true,
  functionName: apiFunction.name,
  roleArn: ROLE_ARN,
  input: '{"at":"<aws.scheduler.scheduled-time>"}',
  maximumRetries: 0,
  maximumEventAgeSeconds: 60,
}

const done: InvokeResult = { ok: true, payload: null, durationMs: 1 }
const failure: InvokeResult = { ok: false, reason: 'error', errorType: 'Error', errorMessage: 'boom', durationMs: 1 }

function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'scheduler-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Starts the schedules over a function that `reply` stands for. Stopped when the test ends. */
async function start(
  options: {
    schedules?: readonly Partial<Schedule>[]
    roles?: readonly Role[]
    queues?: StackModel['queues']
    dataDir?: string
    gatewayUrl?: string
    functions?: StackModel['functions']
    retryDelaysMs?: readonly number[]
    reply?: (call: number) => InvokeResult | Promise<InvokeResult>
  } = {},
): Promise<Scheduler & { events: unknown[]; lines: string[] }> {
  const events: unknown[] = []
  const lines: string[] = []
  const model = {
    ...emptyModel,
    functions: options.functions ?? [apiFunction],
    roles: options.roles ?? [role],
    queues: options.queues ?? [],
    schedules: (options.schedules ?? [{}]).map((one) => ({ ...schedule, ...one })),
  }
  const invoke = async (_name: string, event: unknown) => {
    events.push(event)
    return options.reply ? options.reply(events.length) : done
  }
  const common = {
    model,
    gatewayUrl: options.gatewayUrl ?? 'http://127.0.0.1:9',
    log: (_source: string, line: string) => void lines.push(line),
  }
  const { retryDelaysMs } = options
  const invocations = createAsyncInvocations({
    ...common,
    functions: { invoke },
    metrics: createMetrics(),
    ...(retryDelaysMs && { retryDelaysMs }),
  })
  const running = await startScheduler({ ...common, invocations, dataDir: options.dataDir ?? temporaryDirectory() })
  onTestFinished(async () => {
    await running.stop()
    await invocations.stop()
  })
  return { ...running, events, lines }
}

function setClock(to: string): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse(to) })
}

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

afterEach(() => void vi.useRealTimers())

test('a rate runs when it is created and then every time its interval has passed', async () => {
  setClock('2026-01-01T10:00:30Z')
  const { events } = await start()
  await pass(125)
  expect(events).toEqual([
    { at: '2026-01-01T10:00:30Z' },
    { at: '2026-01-01T10:01:30Z' },
    { at: '2026-01-01T10:02:30Z' },
  ])
})

test('the interval of a rate counts from its creation, also over a restart', async () => {
  setClock('2026-01-01T10:00:30Z')
  const dataDir = temporaryDirectory()
  const before = await start({ dataDir })
  await pass(10)
  await before.stop()
  const after = await start({ dataDir })
  await pass(60)
  expect(before.events).toHaveLength(1)
  expect(after.events).toEqual([{ at: '2026-01-01T10:01:30Z' }])
})

test('runs that came due while the stack was down are not made up for', async () => {
  setClock('2026-01-01T10:00:30Z')
  const dataDir = temporaryDirectory()
  await (await start({ dataDir })).stop()
  vi.setSystemTime(Date.parse('2026-01-01T12:00:00Z'))
  const { events } = await start({ dataDir })
  await pass(29)
  expect(events).toEqual([])
  await pass(1)
  expect(events).toEqual([{ at: '2026-01-01T12:00:30Z' }])
})

test('a clock that is set back does not repeat the last run', async () => {
  setClock('2026-01-01T10:00:00Z')
  const dataDir = temporaryDirectory()
  const schedules = [{ expression: 'cron(30 10 * * ? *)' }]
  const before = await start({ dataDir, schedules })
  await pass(1800)
  await before.stop()
  vi.setSystemTime(Date.parse('2026-01-01T10:29:00Z'))
  const after = await start({ dataDir, schedules })
  await pass(3600)
  expect([before.events.length, after.events.length]).toEqual([1, 0])
})

test('a changed expression makes a new schedule', async () => {
  setClock('2026-01-01T10:00:00Z')
  const dataDir = temporaryDirectory()
  await (await start({ dataDir })).stop()
  await pass(20)
  const { events } = await start({ dataDir, schedules: [{ expression: 'rate(2 minutes)' }] })
  await pass(130)
  expect(events).toEqual([{ at: '2026-01-01T10:00:20Z' }, { at: '2026-01-01T10:02:20Z' }])
})

test('a schedule months ahead waits', async () => {
  setClock('2026-01-01T00:00:00Z')
  const { events } = await start({ schedules: [{ expression: 'at(2026-03-01T00:00:00)' }] })
  await pass(58 * 86_400)
  expect(events).toEqual([])
  await pass(2 * 86_400)
  expect(events).toEqual([{ at: '2026-03-01T00:00:00Z' }])
})

test('a disabled schedule does not run', async () => {
  setClock('2026-01-01T10:00:00Z')
  const { events, list } = await start({ schedules: [{ enabled: false }] })
  await pass(600)
  expect(events).toEqual([])
  expect(list()).toMatchObject([{ name: 'sweep', enabled: false }])
  expect(list()[0]).not.toHaveProperty('next')
})

test('the list says when each schedule runs next and ran last', async () => {
  setClock('2026-01-01T10:00:00Z')
  const { list } = await start()
  await pass(70)
  expect(list()).toEqual([
    {
      name: 'sweep',
      expression: 'rate(1 minute)',
      timezone: 'UTC',
      enabled: true,
      next: '2026-01-01T10:02:00.000Z',
      last: '2026-01-01T10:01:00.000Z',
    },
  ])
})

test('the keywords in the input are replaced', async () => {
  const words = ['schedule-arn', 'execution-id', 'attempt-number']
  const input = JSON.stringify(words.map((word) => `<aws.scheduler.${word}>`))
  const { events, run } = await start({ schedules: [{ input, expression: 'rate(1 day)' }] })
  const ran = await run('sweep')
  expect(events.at(-1)).toEqual([
    `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/sweep`,
    ran?.executionId,
    '1',
  ])
})

test("a schedule without an input sends Scheduler's own event", async () => {
  setClock('2026-01-01T10:00:00Z')
  const { input: _, ...bare } = schedule
  const running = await startScheduler({
    model: { ...emptyModel, functions: [apiFunction], roles: [role], schedules: [bare] },
    gatewayUrl: '',
    invocations: {
      begin: async (_name, event) => {
        expect(event).toMatchObject({
          source: 'aws.scheduler',
          'detail-type': 'Scheduled Event',
          time: '2026-01-01T10:00:00Z',
          resources: [`arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/sweep`],
        })
        return done
      },
    },
    dataDir: temporaryDirectory(),
    log: () => undefined,
  })
  onTestFinished(() => running.stop())
  expect((await running.run('sweep'))?.result).toEqual(done)
})

test('an unknown schedule cannot be run', async () => {
  const { run } = await start({ schedules: [] })
  expect(await run('other')).toBeUndefined()
})

test('a function that fails is tried twice more, after one and after two minutes, then the event is dropped', async () => {
  setClock('2026-01-01T10:00:00Z')
  const { events, lines } = await start({ schedules: [{ expression: 'rate(1 day)' }], reply: () => failure })
  const counts = []
  for (const seconds of [1, 58, 1, 119, 1, 3600]) {
    await pass(seconds)
    counts.push(events.length)
  }
  expect(counts).toEqual([1, 1, 2, 2, 3, 3])
  expect(lines.join()).toContain('dropped: boom')
  expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1)
})

test.each([
  ['as often as the function allows', { maximumRetries: 0, maximumAgeSeconds: 3600 }, 1],
  ['until the event is too old', { maximumRetries: 2, maximumAgeSeconds: 100 }, 2],
])('an event whose function fails is tried again %s', async (_, limits, tries) => {
  setClock('2026-01-01T10:00:00Z')
  const functions = [{ ...apiFunction, asyncInvoke: limits }]
  const { events, lines } = await start({ functions, schedules: [{ expression: 'rate(1 day)' }], reply: () => failure })
  await pass(600)
  expect(events).toHaveLength(tries)
  expect(lines.join()).toContain('dropped: boom')
})

test('a throttled event is dropped when it is too old', async () => {
  setClock('2026-01-01T10:00:00Z')
  const functions = [{ ...apiFunction, asyncInvoke: { maximumAgeSeconds: 60, maximumRetries: 0 } }]
  const throttled = { ...failure, reason: 'throttled' as const }
  const { lines } = await start({ functions, schedules: [{ expression: 'rate(1 day)' }], reply: () => throttled })
  await pass(30)
  expect(lines.join()).not.toContain('dropped')
  await pass(60)
  expect(lines.join()).toContain('dropped')
})

test('being throttled uses up no retry', async () => {
  setClock('2026-01-01T10:00:00Z')
  const throttled = { ...failure, reason: 'throttled' as const }
  const { events } = await start({
    schedules: [{ expression: 'rate(1 day)' }],
    reply: (call) => (call <= 5 ? throttled : done),
  })
  await pass(60)
  expect(events).toHaveLength(6)
})

test('an execution over which the stack dies runs after the restart', async () => {
  setClock('2026-01-01T10:00:00Z')
  const dataDir = temporaryDirectory()
  const schedules = [{ expression: 'rate(1 day)' }]
  // Never stopped: this is what a killed process leaves behind.
  const killed = await start({ dataDir, schedules, reply: () => new Promise(() => undefined) })
  await pass(1)
  const after = await start({ dataDir, schedules })
  await pass(1)
  expect(after.events).toEqual(killed.events)
  vi.useRealTimers()
})

test('an execution that ended is not run again', async () => {
  setClock('2026-01-01T10:00:00Z')
  const dataDir = temporaryDirectory()
  const schedules = [{ expression: 'rate(1 day)' }]
  await start({ dataDir, schedules })
  await pass(1)
  const after = await start({ dataDir, schedules })
  await pass(60)
  expect(after.events).toEqual([])
})

test('an expression that is not valid refuses the start', async () => {
  await expect(start({ schedules: [{ expression: 'rate(5 parsecs)' }] })).rejects.toThrow('rate(5 parsecs)')
})

/** A queue endpoint that keeps what it is sent. */
async function fakeQueue() {
  const sent: { QueueUrl: string; MessageBody: string; MessageAttributes: Record<string, { StringValue: string }> }[] =
    []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    sent.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"MessageId":"1"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`
  const queue: Queue = {
    logicalId: 'Q',
    name: 'dead',
    arn,
    url: 'http://elsewhere/dead',
    fifo: false,
    attributes: {},
    policy: [],
  }
  return { sent, gatewayUrl, queue }
}

test.each([
  ['a role without the grant', { roles: [{ ...role, statements: [] }] }, 'AccessDeniedException'],
  ['a role that does not trust Scheduler', { roles: [{ ...role, trusts: [] }] }, 'AccessDeniedException'],
  ['no role', { roles: [] }, 'AccessDeniedException'],
  ['an unknown function', { schedules: [{ functionName: 'other' }] }, 'ResourceNotFoundException'],
  ['an input that is not JSON', { schedules: [{ input: 'hello' }] }, 'InvalidRequestContentException'],
])('%s sends the event to the dead-letter queue at once', async (_, broken, code) => {
  const { sent, gatewayUrl, queue } = await fakeQueue()
  const schedules = [{ ...('schedules' in broken ? broken.schedules[0] : {}), deadLetterArn: queue.arn }]
  const { run, events } = await start({ ...broken, schedules, queues: [queue], gatewayUrl })
  const ran = await run('sweep')
  expect(ran).not.toHaveProperty('result')
  expect(events).toEqual([])
  const letter = sent.find(({ MessageAttributes }) => MessageAttributes.EXECUTION_ID?.StringValue === ran?.executionId)
  expect(letter?.QueueUrl).toBe(queue.url)
  expect(letter?.MessageAttributes).toMatchObject({
    ERROR_CODE: { StringValue: code },
    SCHEDULE_ARN: { StringValue: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/sweep` },
  })
})

test("an event that a function fails on to the last goes to the function's own dead-letter queue", async () => {
  const { sent, gatewayUrl, queue } = await fakeQueue()
  const functions = [{ ...apiFunction, deadLetterArn: queue.arn }]
  const settings = { functions, queues: [queue], gatewayUrl, retryDelaysMs: [0, 0], reply: () => failure }
  const { run, events } = await start({ ...settings, schedules: [{ expression: 'at(2999-01-01T00:00:00)' }] })
  await run('sweep')
  await vi.waitFor(() => expect(sent).toHaveLength(1))
  expect(events).toHaveLength(3)
  const [letter] = sent
  expect(JSON.parse(letter?.MessageBody ?? '')).toEqual(events[0])
  expect(letter?.MessageAttributes).toMatchObject({ ErrorMessage: { StringValue: 'boom' } })
})
