/** Items in DynamoDB's own form, where the document client leaves them so: in its exceptions. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Item } from '../../shared/lib/write.ts'

export function itemOf(image: Record<string, AttributeValue>): Item {
  return unmarshall(image, { wrapNumbers: numberOf })
}

/** A number as JavaScript keeps it exactly: a bigint where it is whole and too large for a number. */
export function numberOf(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text)
}
