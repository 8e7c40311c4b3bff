/** Items in the form in which DynamoDB takes and gives them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import type { Item } from '../../shared/lib/write.ts'

export type Image = Record<string, AttributeValue>

/** @throws ChangeRefusedError when a value has no such form: the same item will never have one */
export function imageOf(item: Item): Image {
  try {
    return marshall(item, { removeUndefinedValues: true })
  } catch (cause) {
    throw new ChangeRefusedError(`The change has a value that DynamoDB cannot hold: ${(cause as Error).message}`, {
      cause,
    })
  }
}

export function itemOf(image: Image): Item {
  return unmarshall(image, { wrapNumbers: numberOf })
}

/** A number as JavaScript keeps it exactly: a bigint where it is whole and too large for a number. */
function numberOf(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text)
}
