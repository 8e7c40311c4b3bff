/** Items in DynamoDB's form, as its stream and its exceptions have them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '../../../shared/lib/write.ts'

export type Image = Record<string, AttributeValue>

export function imageOf(item: Item): Image {
  const image: Image = {}
  for (const [name, value] of Object.entries(item)) if (value !== undefined) image[name] = attributeOf(value)
  return image
}

function attributeOf(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (value === null) return { NULL: true }
  if (value instanceof Set) return { NS: [...value].map(String) }
  return Array.isArray(value) ? { L: value.map(attributeOf) } : { M: imageOf(value as Item) }
}
