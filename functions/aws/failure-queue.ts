import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { encodeMessage } from '../../shared/outbox/message.ts'
import type { RelayDeps } from '../../shared/outbox/relay.ts'

/** Where the relay puts a record that it cannot relay, as it came, with the reason. */
export function failureQueue(client: SQSClient, QueueUrl: string): RelayDeps['reject'] {
  return async (record, reason) => {
    const MessageBody = encodeMessage({ reason, record: record.raw })
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }))
  }
}
