/** What a consumer reads of a record that a mapping hands to it. */
import type { SQSRecord } from 'aws-lambda'
import { expect, test } from 'vitest'
import { laneMessage } from '../../functions/consume/message.ts'

const record: SQSRecord = {
  messageId: 'm',
  receiptHandle: 'r',
  body: '{}',
  attributes: {
    ApproximateReceiveCount: '2',
    SentTimestamp: '0',
    SenderId: 's',
    ApproximateFirstReceiveTimestamp: '0',
    MessageGroupId: 'g',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:orders.fifo',
  awsRegion: 'us-east-1',
}

test('a record without message attributes has no deaths, like one with an empty object', () => {
  const { messageAttributes: _, ...without } = record
  const read = { messageId: 'm', receiptHandle: 'r', body: '{}', receiveCount: 2, group: 'g', deaths: 0 }
  expect(laneMessage(record)).toEqual(read)
  expect(laneMessage(without as SQSRecord)).toEqual(read)
})

test('the group of a standard queue is a tenant, and no order', () => {
  const eventSourceARN = 'arn:aws:sqs:us-east-1:000000000000:orders'
  expect(laneMessage({ ...record, eventSourceARN }).group).toBeUndefined()
})
