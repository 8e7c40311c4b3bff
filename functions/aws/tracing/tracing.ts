/**
 * Tracing: spans of what the functions do for a job, on the trace that its envelope carries. The functions import it as
 * `#tracing`. A stage that exports its traces bundles on.ts, any other off.ts, which does nothing and costs nothing.
 */
import type { ConsumerDeps } from '../../../shared/execution/consumer.ts'
import type { LaneSender } from '../../../shared/lib/ports.ts'

/** A request, as its span describes it. */
export interface TracedRequest {
  readonly method: string
  /** Path of its route as it is defined: `/orders/:id`. */
  readonly route: string
  /** The W3C trace context of the caller; `undefined` if it sent none. */
  readonly traceparent: string | undefined
}

export interface Tracing {
  /** Answers a request in its span. @param work gets the trace context that the jobs of the request carry on */
  request<A extends { readonly status: number }>(
    request: TracedRequest,
    work: (traceparent: string | undefined) => Promise<A>,
  ): Promise<A>
  /** Sends each message in a span, whose trace context the message then carries. @param queues by lane */
  sender(sender: LaneSender, queues: ReadonlyMap<string, { readonly queueUrl: string }>): LaneSender
  /** Runs each attempt in a span, and each call that it makes to the outside in another. @param queueUrl of the lane */
  consumer(deps: ConsumerDeps, queueUrl: string): ConsumerDeps
  /** Exports the spans that have ended. Never throws. @param deadline when the process will be ended, in ms since the epoch */
  flush(deadline: number): Promise<void>
}
