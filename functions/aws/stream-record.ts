import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { StreamRecord } from '../../shared/outbox/relay-send.ts'
import { storedNumber } from './stored-number.ts'

/** A stream record as Lambda hands it over. What cannot be read is no reason to stop: it is rejected on its own. */
export function streamRecord(record: DynamoDBRecord): StreamRecord {
  return {
    sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
    change: record.eventName === 'MODIFY' ? 'released' : 'inserted',
    item: itemOf(record),
    at: (record.dynamodb?.ApproximateCreationDateTime ?? 0) * 1000,
    raw: record,
  }
}

function itemOf(record: DynamoDBRecord): StreamRecord['item'] {
  const image = record.dynamodb?.NewImage
  if (!image) return undefined
  try {
    // An attribute of another writer may be a number that JavaScript does not have; it is no reason to lose the job.
    return unmarshall(image as Record<string, AttributeValue>, { wrapNumbers: storedNumber })
  } catch {
    return undefined
  }
}
