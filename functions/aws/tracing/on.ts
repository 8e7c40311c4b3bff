/** Tracing with OpenTelemetry. Once per process: the provider is also that of spans which a job makes itself. */
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import { tracedFunction, traceSettings } from '../environment.ts'
import { logger } from '../telemetry.ts'
import { tracedConsumer } from './on/consumer.ts'
import { tracedRequest } from './on/request.ts'
import { tracedSender } from './on/sender.ts'
import { spanQueue, timeLimit } from './on/span-queue.ts'
import type { Tracing } from './tracing.ts'

const { endpoint, ratio } = traceSettings()
const queue = spanQueue({
  exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: timeLimit }),
  log: (message, details) => logger.warn(message, { ...details, endpoint }),
  now: Date.now,
})
const provider = new TracerProvider({
  resource: resourceFromAttributes(tracedFunction()),
  // A caller's decision holds for all that follows from its request; the ratio is for traces that begin here.
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
  spanProcessors: [queue],
})
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(provider)

export const tracing: Tracing = {
  request: tracedRequest,
  sender: tracedSender,
  consumer: tracedConsumer,
  flush: (deadline) => queue.flush(deadline),
}
