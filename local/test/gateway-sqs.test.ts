import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../types.ts'
import { gatewayFor, model, queue, redriveTo, startQueues, until } from './support/gateway.ts'

let sqs: Engine
let local: Awaited<ReturnType<typeof gatewayFor>>

beforeAll(async () => {
  sqs = await startQueues()
  local = await gatewayFor(model({ queues: [queue('work', { attributes: redriveTo('dead') }), queue('dead')] }), {
    sqs,
  })
})
afterAll(async () => {
  await local.stop()
  await sqs.stop()
})

test('an SDK creates, finds and lists queues under the address of the gateway', async () => {
  const client = local.clients().sqs
  const created = await client.send(new CreateQueueCommand({ QueueName: 'urls' }))
  const found = await client.send(new GetQueueUrlCommand({ QueueName: 'urls' }))
  const listed = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'urls' }))
  expect([created.QueueUrl, found.QueueUrl, listed.QueueUrls]).toEqual([
    local.queueUrl('urls'),
    local.queueUrl('urls'),
    [local.queueUrl('urls')],
  ])
})

test('every region and every key finds the same queues', async () => {
  await local.clients().sqs.send(new CreateQueueCommand({ QueueName: 'everywhere' }))
  const credentials = { accessKeyId: 'any.key-at/all', secretAccessKey: 'x' }
  const elsewhere = new SQSClient({ endpoint: local.url, region: 'ap-south-1', credentials })
  const { QueueUrl } = await elsewhere.send(new GetQueueUrlCommand({ QueueName: 'everywhere' }))
  expect(QueueUrl).toBe(local.queueUrl('everywhere'))
})

test('messages pass unchanged', async () => {
  const client = local.clients().sqs
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'plain' }))
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'ü' } }
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"a":"ä€"}', MessageAttributes }))
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }))
  expect(Messages).toMatchObject([{ Body: '{"a":"ä€"}', MessageAttributes }])
})

test('an error of SQS reaches the SDK by its name', async () => {
  const request = local.clients().sqs.send(new GetQueueUrlCommand({ QueueName: 'nobody' }))
  await expect(request).rejects.toMatchObject({ name: 'QueueDoesNotExist' })
})

test('a message whose visibility timeout has passed counts as visible, though nobody receives', async () => {
  const client = local.clients().sqs
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'stale' }))
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }))
  const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
  await until(async () => (await client.send(attributes)).Attributes?.ApproximateNumberOfMessages === '1')
})

test('a receive whose caller hung up gives its messages back', async () => {
  const client = local.clients().sqs
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'hung-up' }))
  const abort = new AbortController()
  const poll = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, VisibilityTimeout: 600 }), {
    abortSignal: abort.signal,
  })
  // The poll waits in the engine once its request has got there: a second receive behind it proves that.
  await client.send(new ReceiveMessageCommand({ QueueUrl }))
  abort.abort()
  await expect(poll).rejects.toMatchObject({ name: 'AbortError' })
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  await until(async () => (await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages)
})

test('ListDeadLetterSourceQueues names the queues whose redrive policy points there', async () => {
  const { queueUrls } = await local
    .clients()
    .sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: local.queueUrl('dead') }))
  expect(queueUrls?.map((url) => url.replace(/^.*\//, ''))).toEqual(['work'])
})

test('the query protocol of an old SDK is refused with what the endpoint speaks', async () => {
  const answer = await fetch(local.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: 'Action=ListQueues',
  })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain(
    'This endpoint speaks DynamoDB, DynamoDB Streams, SQS and KMS in their JSON protocols',
  )
})

test('an unknown service is refused with what the endpoint speaks', async () => {
  const answer = await fetch(local.url, { method: 'POST', headers: { 'x-amz-target': 'Kinesis_20131202.PutRecord' } })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    __type: expect.stringContaining('UnknownOperationException'),
    message: expect.stringContaining('not Kinesis_20131202.PutRecord'),
  })
})
