import type { SQSRecord } from 'aws-lambda'
import type { LaneMessage } from '../../shared/lib/ports.ts'
import { attributes } from '../aws/lane-queues.ts'

/** A message as a mapping hands it to Lambda; some emulators leave out `messageAttributes` where SQS has an empty object. Only a FIFO queue's group is an order; a standard queue's is only a tenant. */
export function laneMessage(record: SQSRecord): LaneMessage {
  const deaths = Number(record.messageAttributes?.[attributes.deaths]?.stringValue ?? 0)
  return {
    messageId: record.messageId,
    receiptHandle: record.receiptHandle,
    body: record.body,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    group: record.eventSourceARN.endsWith('.fifo') ? record.attributes.MessageGroupId : undefined,
    deaths: Number.isInteger(deaths) ? deaths : 0,
  }
}
