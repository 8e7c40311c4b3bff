import {
  CancelMessageMoveTaskCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine } from '../types.ts'
import { gatewayFor, model, queue, queueArn, redriveTo, startQueues, until } from './support/gateway.ts'

const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
const stack = model({
  queues: [
    queue('work', { attributes: redriveTo('dead') }),
    queue('dead'),
    queue('elsewhere'),
    queue('ordered.fifo', { attributes: { ...fifo, ...redriveTo('ordered-dead.fifo') } }),
    queue('ordered-dead.fifo', { attributes: fifo }),
    queue('first', { attributes: redriveTo('shared') }),
    queue('second', { attributes: redriveTo('shared') }),
    queue('shared'),
  ],
})

let engine: Engine
let local: Awaited<ReturnType<typeof gatewayFor>>
let sqs: ReturnType<typeof local.clients>['sqs']

beforeEach(async () => {
  engine = await startQueues(stack)
  local = await gatewayFor(stack, { sqs: engine })
  sqs = local.clients().sqs
})
afterEach(async () => {
  await local.stop()
  await engine.stop()
})

const start = (source: string, more = {}) =>
  sqs.send(new StartMessageMoveTaskCommand({ SourceArn: queueArn(source), ...more }))
const latest = async (source: string) =>
  (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: queueArn(source) }))).Results?.[0]
const ended = (source: string) =>
  until(async () => {
    const task = await latest(source)
    return task?.Status !== 'RUNNING' && task
  })
const send = (name: string, MessageBody: string, more = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: local.queueUrl(name), MessageBody, ...more }))
const receive = async (name: string): Promise<Message[]> => {
  const all = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] }
  return (
    (
      await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: local.queueUrl(name),
          VisibilityTimeout: 0,
          MaxNumberOfMessages: 10,
          ...all,
        }),
      )
    ).Messages ?? []
  )
}
const count = async (name: string) => {
  const request = { QueueUrl: local.queueUrl(name), AttributeNames: ['ApproximateNumberOfMessages' as const] }
  return Number((await sqs.send(new GetQueueAttributesCommand(request))).Attributes?.ApproximateNumberOfMessages)
}

/** Lets messages fail until their redrive policy moves them. Returns what was sent. */
async function deadLetter(source: string, target: string, bodies: string[], more = {}) {
  const sent = []
  for (const body of bodies) sent.push(await send(source, body, more))
  await until(async () => {
    await receive(source)
    return (await count(target)) === bodies.length
  })
  return sent
}

test('without a destination messages go back to the queue they came from, with new ids and their attributes', async () => {
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'order' } }
  const sent = await deadLetter('work', 'dead', ['a', 'b', 'c'], { MessageAttributes })
  const { TaskHandle } = await start('dead')
  expect(TaskHandle).toBeTruthy()
  expect(await ended('dead')).toMatchObject({
    Status: 'COMPLETED',
    SourceArn: queueArn('dead'),
    ApproximateNumberOfMessagesMoved: 3,
    ApproximateNumberOfMessagesToMove: 3,
  })
  const moved = await receive('work')
  expect(moved.map(({ Body }) => Body).sort()).toEqual(['a', 'b', 'c'])
  expect(moved[0]).toMatchObject({ MessageAttributes, Attributes: { ApproximateReceiveCount: '1' } })
  expect(moved.some(({ MessageId }) => sent.some((old) => old.MessageId === MessageId))).toBe(false)
  expect(await count('dead')).toBe(0)
})

test('a message that the queue moved names its source, to whom asks; one that was sent there has none', async () => {
  await deadLetter('work', 'dead', ['moved'])
  await send('dead', 'direct')
  const sources = (messages: readonly Message[]) =>
    Object.fromEntries(messages.map(({ Body, Attributes }) => [Body, Attributes?.DeadLetterQueueSourceArn]))
  expect(sources(await receive('dead'))).toEqual({ direct: undefined, moved: queueArn('work') })
})

test('a message that was sent to the dead-letter queue directly has no source to go back to', async () => {
  await send('dead', 'direct')
  await start('dead')
  expect(await ended('dead')).toMatchObject({
    Status: 'FAILED',
    FailureReason: 'CouldNotDetermineMessageSource',
    ApproximateNumberOfMessagesMoved: 0,
  })
  expect(await count('dead')).toBe(1)
  await start('dead', { DestinationArn: queueArn('elsewhere') })
  expect(await ended('dead')).toMatchObject({ Status: 'COMPLETED', DestinationArn: queueArn('elsewhere') })
  expect((await receive('elsewhere')).map(({ Body }) => Body)).toEqual(['direct'])
})

test('that a message was sent directly is still known after a restart', async () => {
  await send('dead', 'direct')
  const again = await gatewayFor(stack, { sqs: engine, dataDir: local.dataDir })
  const client = again.clients().sqs
  await client.send(new StartMessageMoveTaskCommand({ SourceArn: queueArn('dead') }))
  const list = new ListMessageMoveTasksCommand({ SourceArn: queueArn('dead') })
  await until(async () => (await client.send(list)).Results?.[0]?.Status === 'FAILED')
  await again.stop()
})

test('a FIFO message keeps its group, and is not swallowed as a duplicate of its former self', async () => {
  await deadLetter('ordered.fifo', 'ordered-dead.fifo', ['a'], { MessageGroupId: 'g', MessageDeduplicationId: 'd' })
  await start('ordered-dead.fifo')
  expect(await ended('ordered-dead.fifo')).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 })
  expect(await receive('ordered.fifo')).toMatchObject([{ Body: 'a', Attributes: { MessageGroupId: 'g' } }])
})

test('a message that fails again while the task runs is not moved a second time', async () => {
  await deadLetter('work', 'dead', ['a', 'b', 'c', 'd', 'e', 'f'])
  await start('dead', { MaxNumberOfMessagesPerSecond: 5 })
  await until(async () => {
    await receive('work')
    return (await latest('dead'))?.Status === 'COMPLETED'
  })
  expect(await latest('dead')).toMatchObject({ ApproximateNumberOfMessagesMoved: 6 })
})

describe('a running task', () => {
  beforeEach(async () => {
    await deadLetter('work', 'dead', ['a', 'b', 'c'])
  })

  test('is the only one of its source', async () => {
    await start('dead', { MaxNumberOfMessagesPerSecond: 1 })
    await expect(start('dead')).rejects.toMatchObject({ message: expect.stringContaining('already a task running') })
  })

  test('can be cancelled by its handle, and what it did not move stays', async () => {
    await start('dead', { MaxNumberOfMessagesPerSecond: 1 })
    const running = await until(async () => {
      const task = await latest('dead')
      return (task?.ApproximateNumberOfMessagesMoved ?? 0) > 0 && task
    })
    expect(running).toMatchObject({ Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 1 })
    const { TaskHandle } = running
    const { ApproximateNumberOfMessagesMoved: moved = 0 } = await sqs.send(
      new CancelMessageMoveTaskCommand({ TaskHandle }),
    )
    expect(await latest('dead')).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: moved })
    expect([await count('work'), await count('dead')]).toEqual([moved, 3 - moved])
    await expect(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toMatchObject({
      message: expect.stringContaining('Only active tasks'),
    })
  })

  test('ends with the gateway', async () => {
    await start('dead', { MaxNumberOfMessagesPerSecond: 1 })
    await local.stop()
  })
})

describe('StartMessageMoveTask refuses', () => {
  test.each([
    ['a source that is no dead-letter queue', 'elsewhere', {}, 'must be configured as a Dead Letter Queue'],
    ['a source that does not exist', 'nowhere', {}, "SourceArn parameter doesn't exist"],
    [
      'a destination that does not exist',
      'dead',
      { DestinationArn: queueArn('nowhere') },
      "DestinationArn parameter doesn't exist",
    ],
    ['more than 500 messages a second', 'dead', { MaxNumberOfMessagesPerSecond: 501 }, 'it must be 1 to 500'],
    ['a rate of zero', 'dead', { MaxNumberOfMessagesPerSecond: 0 }, 'it must be 1 to 500'],
    ['a destination of the other type', 'dead', { DestinationArn: queueArn('ordered.fifo') }, 'of the same type'],
    ['the source as destination', 'dead', { DestinationArn: queueArn('dead') }, 'must be different queues'],
    ['to guess between several sources', 'shared', {}, 'Give a DestinationArn'],
  ])('%s', async (_, source, more, message) => {
    await expect(start(source, more)).rejects.toMatchObject({ message: expect.stringContaining(message) })
  })
})

test('the tasks of a source are listed, the latest first', async () => {
  for (let i = 0; i < 3; i += 1) {
    await start('dead')
    await ended('dead')
  }
  const list = async (MaxResults?: number) =>
    (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: queueArn('dead'), MaxResults }))).Results ?? []
  expect([(await list()).length, (await list(10)).length]).toEqual([1, 3])
  const started = (await list(10)).map(({ StartedTimestamp }) => StartedTimestamp)
  expect(started).toEqual([...started].sort().reverse())
})
