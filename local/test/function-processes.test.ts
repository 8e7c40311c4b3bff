import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { takeDataDir } from '../data-dir.ts'
import { maxSideBySide } from '../machine.ts'
import { functionOf, isRunning, startFunctions } from './support/functions.ts'

const PID = 'export const handler = async () => process.pid'
const SLEEP = 'export const handler = (ms) => new Promise((done) => setTimeout(done, ms, process.pid))'

test('a warm process is used again', async () => {
  const functions = startFunctions([functionOf('f', PID)])
  const first = await functions.invoke('f', {})
  expect(await functions.invoke('f', {})).toMatchObject({ payload: first.ok && first.payload })
  expect(functions.list()).toMatchObject([{ name: 'f', busy: false, invocations: 2 }])
})

test('a process serves one invocation at a time', async () => {
  const source = `
    let inside = 0
    export const handler = async () => {
      inside += 1
      await new Promise((done) => setTimeout(done, 20))
      return inside--
    }`
  const functions = startFunctions([functionOf('f', source)])
  const results = await Promise.all(Array.from({ length: 6 }, () => functions.invoke('f', {})))
  expect(results.map((result) => result.ok && result.payload)).toEqual([1, 1, 1, 1, 1, 1])
})

test('two invocations at the same time run in two processes', async () => {
  const source = `
    import { existsSync, writeFileSync } from 'node:fs'
    export const handler = async ({ mine, other }) => {
      writeFileSync(mine, '')
      while (!existsSync(other)) await new Promise((done) => setTimeout(done, 5))
    }`
  const functions = startFunctions([functionOf('f', source)])
  const results = await Promise.all([
    functions.invoke('f', { mine: 'a', other: 'b' }),
    functions.invoke('f', { mine: 'b', other: 'a' }),
  ])
  expect(results.every(({ ok }) => ok)).toBe(true)
})

test.each([
  [
    'imports',
    'index.mjs',
    "import { DynamoDBClient } from '@aws-sdk/client-dynamodb'\nexport const handler = async () => DynamoDBClient.name",
  ],
  [
    'requires',
    'index.cjs',
    "const { DynamoDBClient } = require('@aws-sdk/client-dynamodb')\nexports.handler = async () => DynamoDBClient.name",
  ],
])('a function whose code %s the AWS SDK without bringing it gets that of the runtime', async (_, file, source) => {
  const functions = startFunctions([functionOf('f', source, { file })])
  expect(await functions.invoke('f', {})).toMatchObject({ payload: 'DynamoDBClient' })
})

test('a function of CommonJS starts in the data directory of an app of ES modules', async () => {
  const app = mkdtempSync(join(tmpdir(), 'app-'))
  onTestFinished(() => rmSync(app, { recursive: true, force: true }))
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  const { path, release } = takeDataDir(join(app, '.local'))
  onTestFinished(release)
  const codeDir = join(path, 'cdk.out/asset.1')
  mkdirSync(codeDir, { recursive: true })
  writeFileSync(join(codeDir, 'index.js'), 'module.exports = { handler: async () => 1 }')
  const functions = startFunctions([functionOf('f', '', { codeDir })])
  expect(await functions.invoke('f', {})).toMatchObject({ payload: 1 })
})

test('a function that imports what neither it nor the runtime has does not start', async () => {
  const functions = startFunctions([functionOf('f', "import 'left-pad'\nexport const handler = async () => 1")])
  expect(await functions.invoke('f', {})).toMatchObject({ ok: false, errorType: 'Runtime.ImportModuleError' })
})

test('beyond the reserved concurrency an invocation is throttled and never starts', async () => {
  const functions = startFunctions([functionOf('f', SLEEP, { reservedConcurrency: 1 })])
  const [first, second] = await Promise.all([functions.invoke('f', 50), functions.invoke('f', 50)])
  expect(first).toMatchObject({ ok: true })
  expect(second).toMatchObject({ ok: false, reason: 'throttled', errorType: 'TooManyRequestsException' })
  expect(await functions.invoke('f', 1)).toMatchObject({ ok: true })
})

test('a reserved concurrency of zero switches a function off', async () => {
  const functions = startFunctions([functionOf('f', PID, { reservedConcurrency: 0 })])
  expect(await functions.invoke('f', {})).toMatchObject({ ok: false, reason: 'throttled' })
})

test('when the machine is full an invocation waits its turn instead of being throttled', async () => {
  const functions = startFunctions([functionOf('f', SLEEP)], { maxProcesses: 2 })
  const results = await Promise.all(Array.from({ length: 8 }, () => functions.invoke('f', 20)))
  const pids = results.map((result) => result.ok && result.payload)
  expect(pids.every((pid) => typeof pid === 'number')).toBe(true)
  expect(new Set(pids).size).toBeLessThanOrEqual(2)
})

test('a function gets no more processes than the machine bears side by side; what is beyond waits its turn', async () => {
  const source = `
    import { existsSync } from 'node:fs'
    export const handler = async () => {
      while (!existsSync('go')) await new Promise((done) => setTimeout(done, 5))
      return process.pid
    }`
  const fn = functionOf('f', source)
  const functions = startFunctions([fn], { maxProcesses: 100 })
  const most = maxSideBySide()
  const invoked = Array.from({ length: most + 3 }, () => functions.invoke('f', {}))
  await vi.waitFor(
    () => expect(functions.list().filter(({ invocations }) => invocations > 0)).toHaveLength(most),
    20_000,
  )
  // Nor is another starting.
  expect(functions.list()).toHaveLength(most)
  writeFileSync(join(fn.codeDir, 'go'), '')
  const pids = (await Promise.all(invoked)).map((result) => result.ok && result.payload)
  expect(pids.every((pid) => typeof pid === 'number')).toBe(true)
  expect(new Set(pids).size).toBe(most)
})

test('a function without any process may always start one', async () => {
  const functions = startFunctions([functionOf('long', SLEEP), functionOf('short', PID)], { maxProcesses: 1 })
  const long = functions.invoke('long', 60_000)
  expect(await functions.invoke('short', {})).toMatchObject({ ok: true })
  await functions.stop()
  expect(await long).toMatchObject({ ok: false })
})

test('an idle process of another function makes room', async () => {
  const functions = startFunctions([functionOf('a', PID), functionOf('b', SLEEP)], { maxProcesses: 2 })
  await functions.invoke('a', {})
  await Promise.all([functions.invoke('b', 200), functions.invoke('b', 200)])
  expect(functions.list().map(({ name }) => name)).toEqual(['b', 'b'])
})

test('an idle process ends after a while', async () => {
  const functions = startFunctions([functionOf('f', PID)], { idleMs: 50 })
  const result = await functions.invoke('f', {})
  const pid = Number(result.ok && result.payload)
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000)
  expect(functions.list()).toEqual([])
})

test('a process that dies while it is idle is replaced', async () => {
  const functions = startFunctions([functionOf('f', PID)])
  const first = await functions.invoke('f', {})
  process.kill(Number(first.ok && first.payload), 'SIGKILL')
  await vi.waitFor(() => expect(functions.list()).toEqual([]), 10_000)
  expect(await functions.invoke('f', {})).toMatchObject({ ok: true })
})

test('kill ends every process of one function and says how many', async () => {
  const functions = startFunctions([functionOf('f', SLEEP), functionOf('g', PID)])
  await functions.invoke('g', {})
  const running = functions.invoke('f', 60_000)
  await vi.waitFor(() => expect(functions.list().filter(({ invocations }) => invocations > 0)).toHaveLength(2), 10_000)
  expect(functions.kill('f')).toBe(1)
  const result = await running
  expect(result).toMatchObject({ ok: false, reason: 'exit' })
  expect(result).toHaveProperty('errorMessage', expect.stringContaining('signal: killed'))
  expect(functions.list().map(({ name }) => name)).toEqual(['g'])
  expect(functions.kill('f')).toBe(0)
})

test('stop leaves no process and refuses what comes later', async () => {
  const functions = startFunctions([functionOf('f', SLEEP)])
  const results = await Promise.all([functions.invoke('f', 1), functions.invoke('f', 1)])
  const running = functions.invoke('f', 60_000)
  const pids = functions.list().map(({ pid }) => pid)
  await functions.stop()
  await functions.stop()
  expect(results.every(({ ok }) => ok)).toBe(true)
  expect(pids.filter(isRunning)).toEqual([])
  expect(await running).toMatchObject({ ok: false, reason: 'exit' })
  expect(await functions.invoke('f', 1)).toMatchObject({ ok: false, reason: 'exit' })
})

test('what a function started ends with it', async () => {
  const source = `
    import { spawn } from 'node:child_process'
    export const handler = async () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      console.log(JSON.stringify({ child: child.pid }))
      await new Promise((done) => child.once('spawn', done))
      process.exit(1)
    }`
  const functions = startFunctions([functionOf('f', source)])
  expect(await functions.invoke('f', {})).toMatchObject({ ok: false, reason: 'exit' })
  const { child } = JSON.parse(functions.lines[0]?.line ?? '{}')
  await vi.waitFor(() => expect(isRunning(child)).toBe(false), 10_000)
})

test.each([
  ['waits', 'await new Promise(() => setInterval(() => {}, 1000))'],
  ['is in a busy loop', 'for (;;);'],
])('kill -9 of the stack leaves no process of a function that %s', async (_, work) => {
  const source = `export const handler = async () => { console.log(process.pid); ${work} }`
  const fn = functionOf('f', source, { timeoutSeconds: 900 })
  const script = `
    import { createFunctions } from './local/lambda/functions.ts'
    const model = { functions: [${JSON.stringify(fn)}], region: 'us-east-1' }
    const nothing = { put() {}, invocation() {}, call() {} }
    const log = (name, line) => console.log(line)
    createFunctions({ model, gatewayUrl: '', log, metrics: nothing, usage: nothing }).invoke('f', {})`
  const stack = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void stack.kill('SIGKILL'))
  const [line] = await once(stack.stdout, 'data')
  const pid = Number(line)
  expect(isRunning(pid)).toBe(true)
  stack.kill('SIGKILL')
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000)
})

test('Ctrl-C at the terminal does not reach a function', async () => {
  const functions = startFunctions([functionOf('f', PID)])
  const result = await functions.invoke('f', {})
  const pid = Number(result.ok && result.payload)
  if (process.platform !== 'linux') return
  const [, group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  expect(Number(group?.split(' ')[2])).toBe(pid)
})
