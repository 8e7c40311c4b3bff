import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { until } from './support/mappings.ts'
import { withStack } from './support/with-stack.ts'

/** An asset has its SDK bundled; these borrow it from here. */
const sdk = pathToFileURL(createRequire(import.meta.url).resolve('@aws-sdk/client-sqs'))

/** Crashes on its first try of each record, then tells its source and keys. */
const relay = `
let tries = 0
export const handler = async (event) => {
  if (tries++ === 0) throw new Error('first try')
  const { SQSClient, SendMessageCommand } = await import('${sdk}')
  const sqs = new SQSClient({})
  for (const record of event.Records) {
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: record.dynamodb.Keys.pk.S }))
  }
  return { batchItemFailures: [] }
}`
const consume = `
export const handler = async (event) => {
  for (const { body, eventSourceARN } of event.Records) console.log('GOT ' + body + ' FROM ' + eventSourceARN)
}`

it('a record goes from the stream over a function and a queue to the next function', async () => {
  const stack = await withStack({
    functions: { Relay: relay, Consume: consume },
    functionProperties: { Relay: { Environment: { Variables: { QUEUE: { Ref: 'Jobs' } } } } },
    resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'items',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        },
      },
      Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
      FromStream: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
          FunctionName: { Ref: 'Relay' },
          StartingPosition: 'TRIM_HORIZON',
          MaximumRetryAttempts: 3,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
        },
      },
      FromQueue: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Jobs', 'Arn'] }, FunctionName: { Ref: 'Consume' } },
      },
    },
  })
  const client = new DynamoDBClient({
    endpoint: stack.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'local' },
  })
  await client.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'one' } } }))
  await until(() => stack.lines.some((line) => line.includes('GOT one FROM'))).catch((error) => {
    throw new Error(stack.lines.join('\n'), { cause: error })
  })
  expect(stack.lines.join('\n')).toMatch(/GOT one FROM arn:aws:sqs:[\w-]+:\d+:jobs/)
})
