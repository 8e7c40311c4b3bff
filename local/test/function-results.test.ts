import { expect, test, vi } from 'vitest'
import type { InvokeResult } from '../types.ts'
import { functionOf, startFunctions } from './support/functions.ts'

/** Invokes once a function with this source. */
async function invokeOnce(source: string, options = {}, event: unknown = {}): Promise<InvokeResult> {
  const functions = startFunctions([functionOf('f', source, options)])
  return functions.invoke('f', event)
}

test('the payload is what the handler returns', async () => {
  const result = await invokeOnce('export const handler = async (event) => ({ got: event })', {}, { a: [1, 'ü'] })
  expect(result).toMatchObject({ ok: true, payload: { got: { a: [1, 'ü'] } } })
})

test('a handler that returns nothing answers null', async () => {
  expect(await invokeOnce('export const handler = async () => {}')).toMatchObject({ ok: true, payload: null })
})

test('a CommonJS bundle is loaded as well as an ES module', async () => {
  const source = 'exports.handler = async () => require("node:path").basename(__filename)'
  expect(await invokeOnce(source, { file: 'index.js' })).toMatchObject({ ok: true, payload: 'index.js' })
})

test('an error that the handler throws is reported with its type and message, and the process stays', async () => {
  const source = `
    class OrderError extends Error { name = 'OrderError' }
    let calls = 0
    export const handler = async () => { calls += 1; if (calls === 1) throw new OrderError('no stock'); return calls }`
  const functions = startFunctions([functionOf('f', source)])
  expect(await functions.invoke('f', {})).toMatchObject({
    ok: false,
    reason: 'error',
    errorType: 'OrderError',
    errorMessage: 'no stock',
  })
  expect(await functions.invoke('f', {})).toMatchObject({ ok: true, payload: 2 })
  expect(functions.lines.map(({ line }) => line).join()).toContain('no stock')
})

test('a response that is no JSON is an error of the function', async () => {
  const result = await invokeOnce('export const handler = async () => ({ big: 1n })')
  expect(result).toMatchObject({ ok: false, reason: 'error', errorType: 'TypeError' })
})

test('a function that takes too long is killed and reported in the words of Lambda', async () => {
  const functions = startFunctions([
    functionOf('f', 'export const handler = () => new Promise(() => setInterval(() => {}, 1000))', {
      timeoutSeconds: 1,
    }),
  ])
  const result = await functions.invoke('f', {})
  expect(result).toMatchObject({ ok: false, reason: 'timeout', errorType: 'Sandbox.Timedout' })
  expect(result).toHaveProperty('errorMessage', expect.stringContaining('Task timed out after 1.00 seconds'))
  expect(functions.list()).toEqual([])
})

test('a busy loop does not defeat the timeout', async () => {
  const result = await invokeOnce('export const handler = async () => { for (;;); }', { timeoutSeconds: 1 })
  expect(result).toMatchObject({ ok: false, reason: 'timeout' })
})

test('a function that exits is a Runtime.ExitError with its exit status', async () => {
  const result = await invokeOnce('export const handler = async () => process.exit(3)')
  expect(result).toMatchObject({ ok: false, reason: 'exit', errorType: 'Runtime.ExitError' })
  expect(result).toHaveProperty(
    'errorMessage',
    expect.stringMatching(/Error: Runtime exited with error: exit status 3$/),
  )
})

test('a function that kills itself is a Runtime.ExitError with its signal', async () => {
  const result = await invokeOnce('export const handler = async () => process.kill(process.pid, "SIGKILL")')
  expect(result).toHaveProperty('errorMessage', expect.stringMatching(/Runtime exited with error: signal: killed$/))
})

test('an exit without an error gives no reason', async () => {
  const result = await invokeOnce('export const handler = async () => process.exit(0)')
  expect(result).toHaveProperty('errorMessage', expect.stringMatching(/Runtime exited without providing a reason$/))
})

test('the invocation after a crash gets a new process', async () => {
  const source = 'let calls = 0; export const handler = async (e) => e.crash ? process.exit(1) : ++calls'
  const functions = startFunctions([functionOf('f', source)])
  await functions.invoke('f', {})
  expect(await functions.invoke('f', { crash: true })).toMatchObject({ ok: false })
  expect(await functions.invoke('f', {})).toMatchObject({ ok: true, payload: 1 })
})

test('a heap above the memory of the function is out of memory', async () => {
  const source = 'export const handler = async () => { const all = []; for (;;) all.push(new Array(1000).fill({})) }'
  const result = await invokeOnce(source, { memoryMb: 128 })
  expect(result).toMatchObject({ ok: false, reason: 'out-of-memory', errorType: 'Runtime.OutOfMemory' })
})

test('buffers outside of the heap count as memory of the function', async () => {
  const source = 'const all = []; export const handler = async () => { all.push(Buffer.alloc(200_000_000, 1)) }'
  const functions = startFunctions([functionOf('f', source, { memoryMb: 128 })])
  expect(await functions.invoke('f', {})).toMatchObject({ ok: false, reason: 'out-of-memory' })
  expect(functions.list().filter(({ busy }) => !busy)).toEqual([])
})

test('an unhandled rejection fails the invocation and ends the process', async () => {
  const source = `export const handler = (event) => {
    if (event.calm) return process.pid
    Promise.reject(new Error('forgotten'))
    return new Promise(() => {})
  }`
  const functions = startFunctions([functionOf('f', source)])
  const before = await functions.invoke('f', { calm: true })
  const result = await functions.invoke('f', {})
  expect(result).toMatchObject({ ok: false, reason: 'error', errorType: 'Runtime.UnhandledPromiseRejection' })
  expect(result).toHaveProperty('errorMessage', 'Error: forgotten')
  const after = await functions.invoke('f', { calm: true })
  expect(after.ok && before.ok && after.payload !== before.payload).toBe(true)
})

test('what breaks between two invocations is logged', async () => {
  const source = `export const handler = async () => void setTimeout(() => { throw new RangeError('later') }, 5)`
  const functions = startFunctions([functionOf('f', source)])
  expect(await functions.invoke('f', {})).toMatchObject({ ok: true })
  await vi.waitFor(() => expect(functions.lines.map(({ line }) => line).join()).toContain('RangeError'), 10_000)
})

test('an exception outside of the handler fails the invocation and ends the process', async () => {
  const source = `export const handler = () => new Promise(() => setTimeout(() => { throw new RangeError('later') }, 5))`
  expect(await invokeOnce(source)).toMatchObject({ ok: false, reason: 'error', errorType: 'RangeError' })
})

test.each([
  ['throws while loading', 'throw new Error("no table")', {}, 'Error', 'no table'],
  [
    'has no such export',
    'export const other = 1',
    {},
    'Runtime.HandlerNotFound',
    'index.handler is undefined or not exported',
  ],
  [
    'has no such file',
    '',
    { handler: 'main.handler' },
    'Runtime.ImportModuleError',
    "Error: Cannot find module 'main'",
  ],
  ['imports what is not there', 'import "nowhere"', {}, 'Runtime.ImportModuleError', "Cannot find package 'nowhere'"],
  ['has a syntax error', 'export const = 1', {}, 'Runtime.UserCodeSyntaxError', 'SyntaxError'],
  ['exits while loading', 'process.exit(5)', {}, 'Runtime.ExitError', 'exit status 5'],
  [
    'takes a callback',
    'export const handler = (e, c, done) => done()',
    {},
    'Runtime.CallbackHandlerDeprecated',
    'callback',
  ],
  ['has no code', '', { codeDir: '/nowhere' }, 'Runtime.ExitError', 'ENOENT'],
])('a function that %s fails to initialize', async (_, source, options, errorType, message) => {
  const result = await invokeOnce(source, options)
  expect(result).toMatchObject({ ok: false, reason: 'init', errorType, durationMs: 0 })
  expect(result).toHaveProperty('errorMessage', expect.stringContaining(message))
})

test('a function that failed to initialize is loaded again for the next invocation', async () => {
  const functions = startFunctions([functionOf('f', 'console.log("loading"); throw new Error("x")')])
  await functions.invoke('f', {})
  await functions.invoke('f', {})
  await functions.stop()
  expect(functions.lines.filter(({ line }) => line === 'loading')).toHaveLength(2)
})

test('a request above 6 MB never reaches the function', async () => {
  const functions = startFunctions([functionOf('f', 'export const handler = async () => 1')])
  expect(await functions.invoke('f', 'x'.repeat(6 * 1024 * 1024))).toMatchObject({
    ok: false,
    reason: 'payload-too-large',
    errorType: 'RequestEntityTooLargeException',
  })
  expect(functions.list()).toEqual([])
})

test('a response above 6 MB is an error of the function', async () => {
  const source = 'export const handler = async ({ size }) => "x".repeat(size)'
  const functions = startFunctions([functionOf('f', source, { memoryMb: 1024 })])
  expect(await functions.invoke('f', { size: 6 * 1024 * 1024 - 2 })).toMatchObject({ ok: true })
  expect(await functions.invoke('f', { size: 6 * 1024 * 1024 + 200 })).toMatchObject({
    ok: false,
    reason: 'payload-too-large',
    errorType: 'Function.ResponseSizeTooLarge',
  })
})
