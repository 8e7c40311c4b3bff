/** Spans that have ended, until the end of the invocation exports them. */
import { TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'

export interface SpanQueue extends SpanProcessor {
  /** Exports what has ended, within the time limit. Never throws. @param deadline in ms since the epoch */
  flush(deadline: number): Promise<void>
}

interface QueueDeps {
  readonly exporter: Pick<SpanExporter, 'export'>
  readonly log: (message: string, details: { readonly spans: number; readonly reason: string }) => void
  readonly now: () => number
}

/** Time of an export, in ms: the invocation waits for it. */
export const timeLimit = 1_000

/** Kept free at the end of an invocation, in ms. */
const reserve = 200

/** How long a collector that failed is left alone, in ms: each export that it does not answer costs the time limit. */
const pause = 30_000

/** The spans that are kept for the next export. More are dropped: a job that makes a call in a loop must not fill the memory. */
const most = 2_048

/** Not a `BatchSpanProcessor`: its timers stop while Lambda freezes the process, and its flush has no deadline. */
export function spanQueue({ exporter, log, now }: QueueDeps): SpanQueue {
  let ended: ReadableSpan[] = []
  let resumesAt = 0
  return {
    onStart() {},
    onEnd(span) {
      if (ended.length < most && span.spanContext().traceFlags & TraceFlags.SAMPLED) ended.push(span)
    },
    async flush(deadline) {
      const end = Math.min(now() + timeLimit, deadline - reserve)
      if (ended.length === 0 || now() < resumesAt || now() >= end) return
      const spans = ended
      ended = []
      const tryOnce = () => within(end - now(), exported(exporter, spans))
      // A connection that was kept while the process was frozen may be closed by now; the second try opens another.
      let reason = await tryOnce()
      if (reason !== undefined && now() < end) reason = await tryOnce()
      if (reason === undefined) return
      resumesAt = now() + pause
      log('spans not exported', { spans: spans.length, reason })
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}

/** Exports spans. @returns why they were not taken */
function exported(exporter: QueueDeps['exporter'], spans: ReadableSpan[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    try {
      exporter.export(spans, ({ code, error }) =>
        resolve(code === 0 ? undefined : (error?.message ?? 'no reason given')),
      )
    } catch (error) {
      resolve(String(error))
    }
  })
}

/** The result of some work, or that it took too long. */
async function within(ms: number, work: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${Math.max(0, ms)} ms`), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
