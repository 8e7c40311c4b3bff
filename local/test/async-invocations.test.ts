import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAsyncInvocations } from '../lambda/async-invocations.ts'
import { nextStep } from '../lambda/retry-policy.ts'
import { createMetrics } from '../metrics.ts'
import type { LambdaFunction } from '../model.ts'
import type { InvokeResult } from '../types.ts'
import { emptyModel } from './support/functions.ts'
import { apiFunction } from './support/http-api.ts'

const done: InvokeResult = { ok: true, payload: null, durationMs: 1 }
const failure: InvokeResult = { ok: false, reason: 'error', errorType: 'Error', errorMessage: 'boom', durationMs: 1 }
const throttled: InvokeResult = { ...failure, reason: 'throttled' }

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

function start(fn: Partial<LambdaFunction>, reply: (call: number) => InvokeResult) {
  const times: number[] = []
  const lines: string[] = []
  const metrics = createMetrics()
  const began = Date.now()
  const invocations = createAsyncInvocations({
    model: { ...emptyModel, functions: [{ ...apiFunction, ...fn }] },
    gatewayUrl: 'http://127.0.0.1:9',
    functions: {
      invoke: async () => {
        times.push((Date.now() - began) / 1000)
        return reply(times.length)
      },
    },
    metrics,
    log: (_, line) => void lines.push(line),
  })
  onTestFinished(() => invocations.stop())
  const sumOf = (name: string) =>
    metrics
      .query({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: apiFunction.name } }, 0, Date.now())
      .reduce((sum, { value, count }) => sum + value * count, 0)
  return { invocations, times, lines, sumOf }
}

describe('an event that its function fails on', () => {
  test('is tried twice more without a configuration, and then dropped', async () => {
    const { invocations, times, lines, sumOf } = start({}, () => failure)
    expect(await invocations.begin(apiFunction.name, {})).toEqual(failure)
    await pass(3600)
    expect(times).toEqual([0, 60, 180])
    expect(lines).toEqual([`${apiFunction.name}: an event is dropped: boom`])
    expect([sumOf('AsyncEventsReceived'), sumOf('AsyncEventsDropped')]).toEqual([1, 1])
  })

  test('is tried as often as its EventInvokeConfig says', async () => {
    const asyncInvoke = { maximumAgeSeconds: 3600, maximumRetries: 0 }
    const { invocations, times, lines } = start({ asyncInvoke }, () => failure)
    await invocations.begin(apiFunction.name, {})
    await pass(3600)
    expect(times).toEqual([0])
    expect(lines).toHaveLength(1)
  })

  test('is dropped when its next attempt would be later than its age allows', async () => {
    const asyncInvoke = { maximumAgeSeconds: 100, maximumRetries: 2 }
    const { invocations, times, lines, sumOf } = start({ asyncInvoke }, () => failure)
    await invocations.begin(apiFunction.name, {})
    await pass(3600)
    expect(times).toEqual([0, 60])
    expect(lines.join()).toContain('is dropped: boom (another attempt would be later than 100 s)')
    expect(sumOf('AsyncEventAge')).toBe(60_000)
  })
})

test('a throttled event is tried until its age is over, at growing intervals', async () => {
  const asyncInvoke = { maximumAgeSeconds: 60, maximumRetries: 0 }
  const { invocations, times, lines } = start({ asyncInvoke }, () => throttled)
  await invocations.begin(apiFunction.name, {})
  await pass(3600)
  expect(times).toEqual([0, 1, 3, 7, 15, 31])
  expect(lines).toHaveLength(1)
})

test('a throttled event waits five minutes at most, for six hours without a configuration', () => {
  const facts = { throttled: true, failures: 0, throttles: 30 }
  expect(nextStep({}, { ...facts, ageMs: 21_300_000 }, [])).toEqual({ kind: 'retry', delayMs: 300_000 })
  expect(nextStep({}, { ...facts, ageMs: 21_300_001 }, [])).toEqual({ kind: 'drop', because: 'age', limit: 21_600 })
})

test('an event of a stack that stops is neither repeated nor dropped', async () => {
  const ended: unknown[] = []
  const { invocations, times, lines } = start({}, () => failure)
  await invocations.begin(apiFunction.name, {}, { failures: 0, onEnd: () => void ended.push('end') })
  await invocations.stop()
  await pass(3600)
  expect([times, lines, ended]).toEqual([[0], [], []])
})

test('the giver of an event learns of each retry, and once of its end', async () => {
  const told: unknown[] = []
  const { invocations } = start({}, (call) => (call < 3 ? failure : done))
  const owed = {
    failures: 0,
    onRetry: (failures: number) => void told.push(failures),
    onEnd: () => void told.push('end'),
  }
  await invocations.begin(apiFunction.name, {}, owed)
  await pass(3600)
  expect(told).toEqual([1, 2, 'end'])
})

test('an event that failed before a restart has only the retries that are left', async () => {
  const { invocations, times } = start({}, () => failure)
  await invocations.begin(apiFunction.name, {}, { failures: 2 })
  await pass(3600)
  expect(times).toEqual([0])
})
