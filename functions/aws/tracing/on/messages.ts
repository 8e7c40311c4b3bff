/** What the spans of messages have in common. */
import type { Attributes } from '@opentelemetry/api'
import type { Envelope } from '../../../../shared/outbox/envelope.ts'

/** The name of a queue, from its URL. */
export const queueOf = (queueUrl: string): string => queueUrl.replace(/^.*\//, '')

/** The attributes of a span for the message of a job. */
export function messageAttributes(
  operation: 'send' | 'process',
  queue: string,
  { id, type, lane }: Pick<Envelope, 'id' | 'type' | 'lane'>,
): Attributes {
  return {
    'messaging.system.name': 'aws.sqs',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
    'outbox_relay.job.id': id,
    'outbox_relay.job.type': type,
    'outbox_relay.lane': lane,
  }
}
