/** Items in DynamoDB's form and back. What the simulated service does many times; the adapters use the SDK's own. */
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
  return Array.isArray(value) ? { L: value.map(attributeOf) } : { M: imageOf(value as Item) }
}

export function itemOf(image: Image): Item {
  const item: Record<string, unknown> = {}
  for (const name in image) item[name] = plainOf(image[name] as AttributeValue)
  return item
}

function plainOf(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.BOOL !== undefined) return value.BOOL
  if (value.L !== undefined) return value.L.map(plainOf)
  return value.M === undefined ? null : itemOf(value.M)
}
