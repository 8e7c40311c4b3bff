/** Tracing of a stage that exports no traces. The trace context of a caller is carried on all the same. */
import type { Tracing } from './tracing.ts'

export const tracing: Tracing = {
  request: ({ traceparent }, work) => work(traceparent),
  sender: (sender) => sender,
  consumer: (deps) => deps,
  flush: async () => {},
}
