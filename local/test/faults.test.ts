import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { SendEmailCommand } from '@aws-sdk/client-ses'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, test } from 'vitest'
import { createFaults, withFaults } from '../gateway/faults.ts'
import type { Functions } from '../types.ts'
import { gatewayOnEngines, model, queue, table } from './support/gateway.ts'

const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
const stack = model({
  tables: [table('records')],
  queues: [
    queue('work'),
    queue('pairs'),
    queue('mixed'),
    queue('parts'),
    queue('crowded'),
    queue('ordered.fifo', { attributes: fifo }),
  ],
})
const { local } = await gatewayOnEngines(stack)
const clients = local.clients()

const FAULTS = '/_localstack/chaos/faults'
const faults = async (method: string, rules?: unknown) => {
  const answer = await local.send(method, FAULTS, rules)
  // biome-ignore lint/suspicious/noExplicitAny: an answer is compared, not used
  return { status: answer.status, body: (await answer.json()) as any }
}
beforeEach(() => faults('POST', []))

const put = (pk: string) => clients.dynamodb.send(new PutItemCommand({ TableName: 'records', Item: { pk: { S: pk } } }))
const exists = async (pk: string) =>
  (await clients.dynamodb.send(new GetItemCommand({ TableName: 'records', Key: { pk: { S: pk } } }))).Item !== undefined

describe('rules are kept as LocalStack keeps them', () => {
  const [a, b] = [{ service: 'sqs' }, { service: 'ses', probability: 0.5 }]

  test('POST replaces, PATCH adds, DELETE removes, GET shows', async () => {
    expect((await faults('POST', [a])).body).toEqual([a])
    expect((await faults('PATCH', [b])).body).toEqual([a, b])
    expect((await faults('DELETE', [a])).body).toEqual([b])
    expect((await faults('GET')).body).toEqual([b])
    expect((await faults('DELETE')).body).toEqual([])
  })

  test.each([
    ['an unknown field', [{ servce: 'sqs' }], 'servce'],
    ['an impossible probability', [{ probability: 2 }], 'probability'],
    ['no list', { service: 'sqs' }, 'array'],
  ])('%s is refused and changes nothing', async (_, rules, message) => {
    await faults('POST', [a])
    const refused = await faults('POST', rules)
    expect(refused.status).toBe(400)
    expect(refused.body.message).toContain(message)
    expect((await faults('GET')).body).toEqual([a])
  })
})

describe('a rule', () => {
  test('answers in the protocol of its service, with the default of 503 ServiceUnavailable', async () => {
    await faults('POST', [{}])
    const expected = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } }
    await expect(put('a')).rejects.toMatchObject(expected)
    await expect(send('work', 'a')).rejects.toMatchObject(expected)
    await expect(clients.ses.send(mail('a@example.org'))).rejects.toMatchObject(expected)
  })

  test('covers what it names: service, operation, region, text in the body', async () => {
    const error = { statusCode: 400, code: 'MessageRejected' }
    await faults('POST', [{ service: 'ses', operation: 'SendEmail', match: 'poison@example.org', error }])
    await put('b')
    await clients.ses.send(mail('jane@example.org'))
    await expect(clients.ses.send(mail('poison@example.org'))).rejects.toMatchObject({ name: 'MessageRejected' })
    await faults('POST', [{ service: 'dynamodb', operation: 'GetItem' }])
    await put('c')
    await expect(exists('c')).rejects.toThrow()
    await faults('POST', [{ region: 'eu-central-1' }])
    await put('d')
  })

  test('comes true with its probability', () => {
    const numbers = [0.2, 0.7]
    const asked = { service: 'sqs', operation: 'SendMessage', text: '' }
    const dice = createFaults(() => numbers.shift() ?? 1)
    dice.routes.POST?.({ params: {}, query: new URLSearchParams(), body: [{ probability: 0.5 }] })
    expect(dice.pick(asked)).toMatchObject({ code: 'ServiceUnavailable' })
    expect(dice.pick(asked)).toBeUndefined()
  })

  test('is spent after so many times', async () => {
    await faults('POST', [{ operation: 'PutItem', times: 2 }])
    await expect(put('f')).rejects.toThrow()
    await expect(put('f')).rejects.toThrow()
    await put('f')
  })

  test('the first that matches decides', async () => {
    await faults('POST', [
      { service: 'dynamodb', error: { code: 'ThrottlingException', statusCode: 400 } },
      { error: { code: 'InternalServerError', statusCode: 500 } },
    ])
    await expect(put('e')).rejects.toMatchObject({ name: 'ThrottlingException' })
  })

  test('before: the service has done nothing', async () => {
    await faults('POST', [{ operation: 'PutItem', error: { code: 'InternalServerError', statusCode: 500 } }])
    await expect(put('never')).rejects.toMatchObject({ name: 'InternalServerError' })
    expect(await exists('never')).toBe(false)
  })

  test('after: the service has done it, and the caller cannot know', async () => {
    await faults('POST', [
      { operation: 'PutItem', when: 'after', error: { code: 'InternalServerError', statusCode: 500 } },
    ])
    await expect(put('done')).rejects.toMatchObject({ name: 'InternalServerError' })
    expect(await exists('done')).toBe(true)
  })

  test('ConnectionReset drops the connection, before or after', async () => {
    for (const when of ['before', 'after'] as const) {
      await faults('POST', [{ operation: 'PutItem', when, error: { code: 'ConnectionReset' } }])
      await expect(put(`reset-${when}`)).rejects.toMatchObject({ code: 'ECONNRESET' })
    }
    expect([await exists('reset-before'), await exists('reset-after')]).toEqual([false, true])
  })
})

describe('standard queues on request', () => {
  const disorder = (code: string) => faults('POST', [{ service: 'sqs', operation: 'ReceiveMessage', error: { code } }])

  test('DeliverTwice: the next receive brings the same messages again, counted as received again', async () => {
    await send('pairs', 'a')
    await disorder('DeliverTwice')
    const [first] = await receive('pairs')
    await faults('POST', [])
    const [second] = await receive('pairs', { WaitTimeSeconds: 20 })
    expect([first?.Body, second?.Body, second?.MessageId]).toEqual(['a', 'a', first?.MessageId])
    expect([first, second].map((message) => message?.Attributes?.ApproximateReceiveCount)).toEqual(['1', '2'])
    const QueueUrl = local.queueUrl('pairs')
    for (const message of [first, second]) {
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }))
    }
    expect(await receive('pairs')).toEqual([])
  })

  test('Reorder: newer messages overtake, and none is lost', async () => {
    for (const body of ['1', '2', '3']) await send('mixed', body)
    await disorder('Reorder')
    const first = await receive('mixed')
    await faults('POST', [])
    await send('mixed', '4')
    const second = await receive('mixed')
    expect([first, second].map((messages) => messages.map(({ Body }) => Body))).toEqual([
      ['3', '2'],
      ['4', '1'],
    ])
    const QueueUrl = local.queueUrl('mixed')
    const ReceiptHandle = second[1]?.ReceiptHandle
    await clients.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 60 }))
  })

  test('FIFO queues keep order and deliver once', async () => {
    await send('ordered.fifo', 'a', { MessageGroupId: 'g' })
    await disorder('DeliverTwice')
    expect((await receive('ordered.fifo')).length).toBe(1)
    expect((await receive('ordered.fifo')).length).toBe(0)
  })
})

test('RefuseSome: every second message of a batch is taken, and the answer tells of the others', async () => {
  await faults('POST', [{ service: 'sqs', operation: 'SendMessageBatch', error: { code: 'RefuseSome' } }])
  const QueueUrl = local.queueUrl('parts')
  const Entries = ['a', 'b', 'c'].map((MessageBody, at) => ({ Id: `e${at}`, MessageBody }))
  const { Successful, Failed } = await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  await faults('POST', [])
  expect(Successful?.map(({ Id }) => Id)).toEqual(['e1'])
  expect(Failed).toMatchObject([
    { Id: 'e0', SenderFault: false, Code: 'InternalError' },
    { Id: 'e2', SenderFault: false, Code: 'InternalError' },
  ])
  expect((await receive('parts')).map(({ Body }) => Body)).toEqual(['b'])
})

describe('lambda Invoke', () => {
  const ran: unknown[] = []
  const functions: Functions = {
    async invoke(_, event) {
      ran.push(event)
      return { ok: true, payload: 'done', durationMs: 5 }
    },
    list: () => [],
    kill: () => 0,
    killSession: () => undefined,
    replaceProcesses: () => undefined,
    stop: async () => undefined,
  }
  const faulty = () => withFaults(functions, local.gateway.faults)

  test('fails as its rule says, on events that match', async () => {
    await faults('POST', [{ service: 'lambda', operation: 'Invoke', match: 'bad', error: { code: 'Unhandled' } }])
    expect(await faulty().invoke('worker', 'good')).toMatchObject({ ok: true })
    expect(await faulty().invoke('worker', 'bad')).toMatchObject({ ok: false, reason: 'error', errorType: 'Unhandled' })
    expect(ran).toEqual(['good'])
  })

  test('is throttled, or runs and loses its result', async () => {
    await faults('POST', [{ service: 'lambda', error: { code: 'TooManyRequestsException' } }])
    expect(await faulty().invoke('worker', 1)).toMatchObject({ reason: 'throttled', durationMs: 0 })
    await faults('POST', [{ service: 'lambda', when: 'after' }])
    expect(await faulty().invoke('worker', 2)).toMatchObject({ ok: false, durationMs: 5 })
    expect(ran.at(-1)).toBe(2)
  })
})

test('latency is added to each call', async () => {
  const effects = '/_localstack/chaos/effects'
  expect(await local.get(effects)).toEqual({ latency: 0 })
  expect((await local.send('POST', effects, { latency: -1 })).status).toBe(400)
  await local.send('POST', effects, { latency: 200 })
  const started = performance.now()
  await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl: local.queueUrl('work') }))
  expect(performance.now() - started).toBeGreaterThan(190)
  await local.send('POST', effects, { latency: 0 })
})

function send(name: string, MessageBody: string, more = {}) {
  return clients.sqs.send(new SendMessageCommand({ QueueUrl: local.queueUrl(name), MessageBody, ...more }))
}

async function receive(name: string, more = {}) {
  const request = {
    QueueUrl: local.queueUrl(name),
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All' as const],
  }
  return (await clients.sqs.send(new ReceiveMessageCommand({ ...request, ...more }))).Messages ?? []
}

function mail(to: string) {
  const Message = { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } }
  return new SendEmailCommand({ Source: 'shop@example.com', Destination: { ToAddresses: [to] }, Message })
}

describe('a quota of messages in flight', () => {
  const QueueUrl = local.queueUrl('crowded')
  const quota = (queue: string, most: number) =>
    faults('POST', [
      { service: 'sqs', operation: 'ReceiveMessage', match: `/${queue}"`, error: { code: 'OverLimit' }, quota: most },
    ])
  const receive = (WaitTimeSeconds: number, MaxNumberOfMessages = 10) =>
    clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages, VisibilityTimeout: 60 }),
    )

  test('hands out what there is room for, then nothing, until a message is deleted', async () => {
    const Entries = Array.from({ length: 8 }, (_, i) => ({ Id: String(i), MessageBody: String(i) }))
    await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    await quota('crowded', 3)
    const { Messages = [] } = await receive(0)
    expect(Messages).toHaveLength(3)

    await expect(receive(0)).rejects.toMatchObject({ name: 'OverLimit', $metadata: { httpStatusCode: 403 } })
    const began = Date.now()
    expect((await receive(1)).Messages).toBeUndefined()
    expect(Date.now() - began).toBeGreaterThanOrEqual(900)

    const waiting = receive(20)
    const { ReceiptHandle } = Messages[0] ?? {}
    await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    expect((await waiting).Messages).toHaveLength(1)
  })

  test('of another queue changes nothing', async () => {
    await quota('other', 0)
    await expect(receive(0)).resolves.toBeDefined()
  })
})
