/** DynamoDB with items as plain values. Apart from the other clients: a bundler keeps its module wherever it is imported. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Item } from '../../shared/lib/write.ts'
import { dynamoDb } from './clients.ts'
import { storedNumber } from './stored-number.ts'

export function documentClient(client = dynamoDb()): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: storedNumber },
  })
}

/** Converts an item from DynamoDB's own form, in which the document client leaves it in exceptions. */
export function plainItem(image: Record<string, AttributeValue>): Item {
  return unmarshall(image, { wrapNumbers: storedNumber })
}
