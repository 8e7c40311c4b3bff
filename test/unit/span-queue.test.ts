/** The export of spans at the end of an invocation: it costs no job anything, whatever the collector does. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { spanQueue } from '../../functions/aws/tracing/on/span-queue.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const span = (traceFlags = 1) => ({ spanContext: () => ({ traceFlags }) }) as unknown as ReadableSpan
type Export = SpanExporter['export']
const takes: Export = (_, done) => done({ code: 0 })
const refuses: Export = (_, done) => done({ code: 1, error: new Error('ECONNREFUSED') })
const hangs: Export = () => {}

function queueWith(...answers: Export[]) {
  const sizes: number[] = []
  const logged: object[] = []
  const exporter = {
    export: ((spans, done) => {
      sizes.push(spans.length)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      answer?.(spans, done)
    }) as Export,
  }
  const queue = spanQueue({ exporter, log: (_, details) => logged.push(details), now: Date.now })
  return { queue, sizes, logged }
}

/** Flushes, and returns how long that took, in ms. */
async function flushTime(queue: ReturnType<typeof spanQueue>, left = 10_000): Promise<number> {
  const start = Date.now()
  let end: number | undefined
  void queue.flush(start + left).then(() => {
    end = Date.now()
  })
  while (end === undefined) await vi.advanceTimersByTimeAsync(1)
  return end - start
}

describe('the queue of spans', () => {
  it('exports what has ended, once', async () => {
    const { queue, sizes } = queueWith(takes)
    for (const one of [span(), span(), span(0)]) queue.onEnd(one)
    await queue.flush(Date.now() + 10_000)
    await queue.flush(Date.now() + 10_000)
    expect(sizes).toEqual([2])
  })

  it('waits a second for a collector that does not answer, and then leaves it alone for half a minute', async () => {
    const { queue, sizes, logged } = queueWith(hangs)
    queue.onEnd(span())
    expect(await flushTime(queue)).toBe(1_000)
    expect(logged).toEqual([{ spans: 1, reason: 'no answer within 1000 ms' }])
    queue.onEnd(span())
    await vi.advanceTimersByTimeAsync(28_000)
    expect(await flushTime(queue)).toBe(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await flushTime(queue)).toBe(1_000)
    expect(sizes).toHaveLength(2)
  })

  it('ends before the process does', async () => {
    const { queue } = queueWith(hangs)
    queue.onEnd(span())
    expect(await flushTime(queue, 500)).toBe(300)
  })

  it('keeps its spans for the next invocation if there is no time left', async () => {
    const { queue, sizes } = queueWith(takes)
    queue.onEnd(span())
    await queue.flush(Date.now() + 100)
    expect(sizes).toEqual([])
    await queue.flush(Date.now() + 10_000)
    expect(sizes).toEqual([1])
  })

  it('tries a second time, on a new connection', async () => {
    const { queue, sizes, logged } = queueWith(refuses, takes)
    queue.onEnd(span())
    await queue.flush(Date.now() + 10_000)
    expect([sizes, logged]).toEqual([[1, 1], []])
  })

  it('logs a collector that refuses, and an exporter that throws', async () => {
    const throws: Export = () => {
      throw new TypeError('bad')
    }
    for (const [answer, reason] of [[refuses, 'ECONNREFUSED'] as const, [throws, 'TypeError: bad'] as const]) {
      const { queue, logged } = queueWith(answer)
      queue.onEnd(span())
      await queue.flush(Date.now() + 10_000)
      expect(logged).toEqual([{ spans: 1, reason }])
    }
  })

  it('keeps no more than 2,048 spans', async () => {
    const { queue, sizes } = queueWith(takes)
    for (let n = 0; n < 3_000; n++) queue.onEnd(span())
    await queue.flush(Date.now() + 10_000)
    expect(sizes).toEqual([2_048])
  })
})
