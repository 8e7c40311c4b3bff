import { SpanKind } from '@opentelemetry/api'
import type { Outgoing, SendResult } from '../../../../shared/lib/ports.ts'
import type { Envelope } from '../../../../shared/outbox/envelope.ts'
import { encodeMessage } from '../../../../shared/outbox/message.ts'
import type { Tracing } from '../tracing.ts'
import { messageAttributes, queueOf } from './messages.ts'
import { fail, type Started, startUnder } from './span.ts'

/** Sends messages, each in a span. An attempt is a child of the send whose message brought it. */
export const tracedSender: Tracing['sender'] = (sender, queues) => ({
  async send(lane, messages) {
    const queue = queueOf(queues.get(lane)?.queueUrl ?? lane)
    const sends = messages.map((message) => startSend(queue, message))
    try {
      const results = await sender.send(
        lane,
        sends.map(({ message }) => message),
      )
      for (const [i, send] of sends.entries()) noteResult(send, results[i])
      return results
    } catch (error) {
      for (const { span } of sends) fail(span, error instanceof Error ? error.name : typeof error)
      throw error
    } finally {
      for (const { span } of sends) span.end()
    }
  },
})

function startSend(queue: string, message: Outgoing): Started & { readonly message: Outgoing } {
  const envelope = JSON.parse(message.body) as Envelope
  const started = startUnder(envelope.traceparent, `send ${queue}`, {
    kind: SpanKind.PRODUCER,
    attributes: messageAttributes('send', queue, envelope),
  })
  const body = encodeMessage({ ...envelope, traceparent: started.traceparent })
  return { ...started, message: { ...message, body } }
}

function noteResult({ span }: Started, result: SendResult | undefined): void {
  if (result?.kind !== 'sent') fail(span, 'refused', result?.reason)
}
