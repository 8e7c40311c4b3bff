import { expect, test, vi } from 'vitest'
import { functionOf, REGION, startFunctions } from './support/functions.ts'

async function payloadOf(source: string, options = {}, event: unknown = {}) {
  const fn = functionOf('f', source, options)
  const functions = startFunctions([fn])
  const result = await functions.invoke('f', event)
  if (!result.ok) throw new Error(result.errorMessage)
  return { fn, payload: result.payload as Record<string, string>, functions }
}

test('a function finds what Lambda and the template give it, and nothing of the machine but PATH', async () => {
  process.env.SECRET_OF_THE_MACHINE = 'x'
  const environment = { TABLE: 'orders', AWS_REGION: 'eu-west-1' }
  const { fn, payload } = await payloadOf('export const handler = async () => process.env', { environment })
  delete process.env.SECRET_OF_THE_MACHINE
  expect(payload).toEqual({
    AWS_ACCESS_KEY_ID: 'LAMBDA.f',
    AWS_DEFAULT_REGION: REGION,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_FUNCTION_NAME: 'f',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/f',
    AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    AWS_REGION: REGION,
    AWS_SECRET_ACCESS_KEY: expect.any(String),
    AWS_SESSION_TOKEN: expect.any(String),
    LAMBDA_TASK_ROOT: fn.codeDir,
    LANG: 'en_US.UTF-8',
    PATH: process.env.PATH,
    TABLE: 'orders',
    TZ: 'UTC',
    _HANDLER: 'index.handler',
    _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
  })
})

test('every invocation has a trace id and a request id of its own', async () => {
  const source = 'export const handler = async (_, context) => [process.env._X_AMZN_TRACE_ID, context.awsRequestId]'
  const { functions, payload } = await payloadOf(source)
  const second = await functions.invoke('f', {})
  expect(payload).toHaveLength(2)
  expect(new Set([payload, second.ok && second.payload].flat())).toHaveProperty('size', 4)
})

test('NODE_OPTIONS is taken from the template', async () => {
  const environment = { NODE_OPTIONS: '--stack-trace-limit=3' }
  const source = 'export const handler = async () => Error.stackTraceLimit'
  expect((await payloadOf(source, { environment })).payload).toBe(3)
})

test('the context says which function runs, for whom and for how long', async () => {
  const source = `export const handler = async (_, context) => ({
    ...context, first: context.getRemainingTimeInMillis(),
    later: await new Promise((done) => setTimeout(() => done(context.getRemainingTimeInMillis()), 20)),
  })`
  const { payload } = await payloadOf(source)
  expect(payload).toMatchObject({
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'f',
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:000000000000:function:f`,
    memoryLimitInMB: '256',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    logGroupName: '/aws/lambda/f',
    logStreamName: expect.stringContaining('[$LATEST]'),
  })
  expect(Number(payload.first)).toBeLessThanOrEqual(20_000)
  expect(Number(payload.first)).toBeGreaterThan(0)
  expect(Number(payload.later)).toBeLessThan(Number(payload.first))
})

test('what a function writes is logged line by line, as it is', async () => {
  const source = `export const handler = async () => {
    process.stdout.write('{"level":"INFO"}\\nhalf ')
    console.error('an ü\\r')
    process.stdout.write('a line\\n\\nunfinished')
    process.exit(1)
  }`
  const functions = startFunctions([functionOf('f', source)])
  await functions.invoke('f', {})
  const lines = functions.lines.map(({ line }) => line)
  expect(lines).toEqual(expect.arrayContaining(['{"level":"INFO"}', 'half a line', '', 'an ü', 'unfinished']))
})

/** The points of a function that prints these lines. */
async function metricsOf(...lines: unknown[]) {
  const source = `export const handler = async () => { for (const line of ${JSON.stringify(lines.map((line) => JSON.stringify(line)))}) console.log(line) }`
  const { functions } = await payloadOf(source)
  await vi.waitFor(() => expect(functions.lines).toHaveLength(lines.length), 10_000)
  return functions.points.filter(({ namespace }) => !namespace.startsWith('AWS/'))
}

test('embedded metrics are put with their namespace, dimensions, values and time', async () => {
  const points = await metricsOf({
    _aws: {
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: 'Shop',
          Dimensions: [['service', 'lane'], ['service'], []],
          Metrics: [{ Name: 'Accepted', Unit: 'Count' }],
        },
      ],
    },
    service: 'api',
    lane: 7,
    Accepted: 2,
  })
  const common = { namespace: 'Shop', name: 'Accepted', value: 2, at: 1_700_000_000_000 }
  expect(points).toEqual([
    { ...common, dimensions: { service: 'api', lane: '7' } },
    { ...common, dimensions: { service: 'api' } },
    { ...common, dimensions: {} },
  ])
})

test('a metric with several values is several points', async () => {
  const CloudWatchMetrics = [{ Namespace: 'S', Dimensions: [['a']], Metrics: [{ Name: 'M' }, { Name: 'absent' }] }]
  const points = await metricsOf({ _aws: { CloudWatchMetrics }, a: 'x', M: [1, 2, 3] })
  expect(points.map(({ value }) => value)).toEqual([1, 2, 3])
})

test('a dimension set with a member that the line lacks is dropped', async () => {
  const CloudWatchMetrics = [{ Namespace: 'S', Dimensions: [['a'], ['b']], Metrics: [{ Name: 'M' }] }]
  const points = await metricsOf({ _aws: { CloudWatchMetrics }, a: 'x', M: 1 })
  expect(points).toMatchObject([{ dimensions: { a: 'x' } }])
})

test('lines that only look like metrics are just lines', async () => {
  expect(await metricsOf('"_aws"', { _aws: null }, { _aws: { CloudWatchMetrics: 1 } })).toEqual([])
})

test('invocations, errors, duration and concurrency of each function are measured', async () => {
  const source = 'export const handler = async (event) => { if (event.fail) throw new Error("x") }'
  const functions = startFunctions([functionOf('f', source)])
  await functions.invoke('f', {})
  await functions.invoke('f', { fail: true })
  const values = (name: string) =>
    functions.points
      .filter(
        (point) => point.namespace === 'AWS/Lambda' && point.name === name && point.dimensions.FunctionName === 'f',
      )
      .map(({ value }) => value)
  expect(values('Invocations')).toEqual([1, 1])
  expect(values('Errors')).toEqual([0, 1])
  expect(values('Throttles')).toEqual([0, 0])
  expect(values('ConcurrentExecutions')).toEqual([1, 1])
  expect(values('Duration')).toHaveLength(2)
})

test('a throttled invocation is no invocation', async () => {
  const functions = startFunctions([functionOf('f', '', { reservedConcurrency: 0 })])
  await functions.invoke('f', {})
  expect(functions.points).toMatchObject([{ name: 'Throttles', value: 1 }])
  expect(functions.usages).toEqual([])
})

test('the first invocation is billed with the time that loading took, in whole ms', async () => {
  const source = 'await new Promise((done) => setTimeout(done, 100)); export const handler = async () => {}'
  const functions = startFunctions([functionOf('f', source)])
  const first = await functions.invoke('f', {})
  await functions.invoke('f', {})
  const [cold, warm] = functions.usages
  expect(cold?.durationMs).toBeGreaterThanOrEqual(100 + first.durationMs)
  expect(Number.isInteger(cold?.durationMs)).toBe(true)
  expect(warm?.durationMs).toBeGreaterThanOrEqual(1)
  expect(functions.usages).toHaveLength(2)
})

test('the REPORT line is logged only on request', async () => {
  const functions = startFunctions([functionOf('f', 'export const handler = async () => {}')], { report: true })
  await functions.invoke('f', {})
  await functions.invoke('f', {})
  const [cold, warm] = functions.lines.map(({ line }) => line)
  expect(cold).toMatch(
    /^REPORT RequestId: .*\tDuration: .* ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t.*Init Duration/,
  )
  expect(warm).not.toContain('Init Duration')
})

test('embedded metrics can come late, at the time that they give', async () => {
  const line = JSON.stringify({ _aws: { CloudWatchMetrics: [{ Namespace: 'S', Metrics: [{ Name: 'n' }] }] }, n: 1 })
  const source = `export const handler = async () => process.stdout.write(${JSON.stringify(`${line}\n`)})`
  const functions = startFunctions([functionOf('f', source)], { metricsDelay: () => 400 })
  const embedded = () => functions.points.filter(({ namespace }) => namespace === 'S')
  await functions.invoke('f', {})
  const invoked = Date.now()
  expect(embedded()).toEqual([])
  await vi.waitFor(() => expect(embedded()).toHaveLength(1), 5_000)
  expect(embedded()[0]?.at).toBeLessThanOrEqual(invoked)
})
