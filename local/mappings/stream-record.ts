/** A record of a DynamoDB stream, as the poller reads it and as Lambda hands it to a function. */
import type { AttributeValue, _Record as PolledRecord } from '@aws-sdk/client-dynamodb-streams'

export interface StreamRecord {
  readonly sequenceNumber: string
  /** The item's whole key: Lambda keeps the order of one item (partition and sort key) across concurrent batches. */
  readonly itemKey: string
  /** ms since the epoch. */
  readonly createdAt: number
  /** What the record takes of the 6 MB of an invocation. */
  readonly bytes: number
  /** The entry of `Records` in the function's event. */
  readonly event: object
}

const MINUTE_MS = 60_000

/** `readAt` is when the poller got the record, ms since the epoch. */
export function toStreamRecord(
  polled: PolledRecord,
  source: { readonly arn: string; readonly region: string },
  readAt: number,
): StreamRecord {
  const createdAt = creationTime(polled.dynamodb?.ApproximateCreationDateTime, readAt)
  const event = {
    eventID: polled.eventID,
    eventName: polled.eventName,
    eventVersion: polled.eventVersion,
    eventSource: 'aws:dynamodb',
    awsRegion: source.region,
    dynamodb: changeOf(polled, createdAt),
    userIdentity: polled.userIdentity && {
      type: polled.userIdentity.Type,
      principalId: polled.userIdentity.PrincipalId,
    },
    eventSourceARN: source.arn,
  }
  return {
    sequenceNumber: polled.dynamodb?.SequenceNumber ?? '',
    itemKey: keyText(event.dynamodb.Keys ?? {}),
    createdAt,
    bytes: Buffer.byteLength(JSON.stringify(event)),
    event,
  }
}

function changeOf({ dynamodb = {} }: PolledRecord, createdAt: number) {
  return {
    ApproximateCreationDateTime: Math.floor(createdAt / 1000),
    Keys: dynamodb.Keys && toImage(dynamodb.Keys),
    NewImage: dynamodb.NewImage && toImage(dynamodb.NewImage),
    OldImage: dynamodb.OldImage && toImage(dynamodb.OldImage),
    SequenceNumber: dynamodb.SequenceNumber,
    SizeBytes: dynamodb.SizeBytes,
    StreamViewType: dynamodb.StreamViewType,
  }
}

/**
 * AWS stamps a record with the second, DynamoDB Local cuts the time down to the minute. Taken at its word, a record would
 * seem up to a minute old at birth and could exceed its maximum age; so such a record counts as made at the minute's end,
 * but no later than it was read.
 */
function creationTime(stamp: Date | undefined, readAt: number): number {
  const at = stamp?.getTime() ?? readAt
  return at % MINUTE_MS === 0 ? Math.min(readAt, at + MINUTE_MS - 1) : at
}

/** DynamoDB-JSON with binary values in base64, as an event carries them. */
function toImage(item: Record<string, AttributeValue>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toEventValue(value)]))
}

function toEventValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: toBase64(value.B) }
  if (value.BS !== undefined) return { BS: value.BS.map(toBase64) }
  if (value.L !== undefined) return { L: value.L.map(toEventValue) }
  if (value.M !== undefined) return { M: toImage(value.M) }
  return value
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** One text per item, whatever the order in which its key attributes come. */
function keyText(keys: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)))
}
