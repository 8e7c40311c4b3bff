import { SpanKind, trace } from '@opentelemetry/api'
import type { TraceAttempt } from '../../../../shared/execution/consumer.ts'
import type { JobEvent } from '../../../../shared/lib/ports.ts'
import type { Tracing } from '../tracing.ts'
import { messageAttributes, queueOf } from './messages.ts'
import { outsideServices } from './outside.ts'
import { during, fail, startUnder } from './span.ts'

/** A consumer whose attempts are spans. A message that starts no attempt (a duplicate, a wait) has none. */
export const tracedConsumer: Tracing['consumer'] = (deps, queueUrl) => ({
  ...deps,
  services: outsideServices(deps.services),
  observe(event) {
    noteOutcome(event)
    deps.observe(event)
  },
  trace: attemptsOf(queueOf(queueUrl)),
})

const attemptsOf =
  (queue: string): TraceAttempt =>
  ({ envelope, attempt, messageId }, run) => {
    const started = startUnder(envelope.traceparent, `process ${queue}`, {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...messageAttributes('process', queue, envelope),
        'messaging.message.id': messageId,
        'outbox_relay.attempt': attempt,
        'faas.trigger': 'pubsub',
      },
    })
    return during(started, () => run(started.traceparent))
  }

/** An attempt tells its outcome while its span is the active one. The error has its declared personal data hidden already. */
function noteOutcome(event: JobEvent): void {
  const span = trace.getActiveSpan()
  if (!span || event.kind === 'started') return
  span.setAttribute('outbox_relay.outcome', event.kind)
  if ('error' in event) fail(span, event.kind, event.error)
}
