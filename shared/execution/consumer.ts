/** Dependencies of a lane's consumer, and the outcomes of a message. */
import type { LaneConsumerQueue, LaneMessage } from '../lib/ports.ts'
import type { Envelope } from '../outbox/envelope.ts'
import type { AttemptDeps } from './attempt.ts'
import type { Limiter } from './rate-limit/limiter.ts'

export interface ConsumerDeps extends AttemptDeps {
  readonly queue: LaneConsumerQueue
  /** @default - one that has seen no limit yet */
  readonly limiter?: Limiter
  /** A fault that left a message to come back by itself. */
  readonly report: (fault: { readonly message: LaneMessage; readonly error: unknown }) => void
  /** Runs each attempt in a span. @default - attempts are not traced */
  readonly trace?: TraceAttempt
}

/** Runs an attempt in a span. @param run gets the W3C trace context for what the attempt causes */
export type TraceAttempt = (
  attempt: { readonly envelope: Envelope; readonly attempt: number; readonly messageId: string },
  run: (traceparent: string) => Promise<Outcome>,
) => Promise<Outcome>

/** `acknowledge`: SQS deletes the message. `return`: it comes back. */
export type Outcome = 'acknowledge' | 'return'

/** The job must run alone, and others are at work: handle its message again when they have ended. */
export interface Deferred {
  readonly kind: 'deferred'
  /** Attempts of the job so far: the fewest go first, since the culprit of a crash has most. */
  readonly attempts: number
}
