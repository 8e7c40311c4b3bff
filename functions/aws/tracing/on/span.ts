/** A span, as a child of the trace context that a request or a message has brought. */
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/** A new span, and the context in which it is the parent of what follows. */
export interface Started {
  readonly span: Span
  readonly within: Context
  /** The span as W3C trace context. */
  readonly traceparent: string
}

export interface SpanOptions {
  readonly kind: SpanKind
  readonly attributes: Attributes
}

/** Starts a span. @param parent W3C trace context; `undefined` begins a new trace */
export function startUnder(parent: string | undefined, name: string, options: SpanOptions): Started {
  return start(contextOf(parent), name, options)
}

/** Starts a span as a child of the span at work. */
export function startHere(name: string, options: SpanOptions): Started {
  return start(context.active(), name, options)
}

function start(parent: Context, name: string, options: SpanOptions): Started {
  const span = trace.getTracer('outbox-relay').startSpan(name, options, parent)
  const { traceId, spanId, traceFlags } = span.spanContext()
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  return { span, within: trace.setSpan(parent, span), traceparent }
}

function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split('-') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, parent)
}

/** Ends a span when its work ends. An error is noted by its name alone: its message may quote personal data. */
export async function during<T>({ span, within }: Started, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(within, work)
  } catch (error) {
    fail(span, error instanceof Error ? error.name : typeof error)
    throw error
  } finally {
    span.end()
  }
}

/** Marks a span as failed. @param type a few words that name the kind of error @param message for people */
export function fail(span: Span, type: string, message?: string): void {
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}
