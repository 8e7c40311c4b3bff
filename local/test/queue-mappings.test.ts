import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Queue, QueueMapping } from '../model.ts'
import { dataRoot } from './support/data-root.ts'
import type { FrontCall } from './support/front.ts'
import { refusal } from './support/front.ts'
import type { Received, Started } from './support/mappings.ts'
import { failed, fakeFunction, queueMapping, start, startQueues, until } from './support/mappings.ts'

let queues: Awaited<ReturnType<typeof startQueues>>
let dataDir: string
let running: Started[] = []

beforeAll(async () => {
  queues = await startQueues()
})
afterAll(() => queues.stop())
beforeEach(async () => {
  dataDir = await mkdtemp(join(dataRoot(), 'mappings-'))
})
afterEach(async () => {
  queues.front.intercept()
  await Promise.all(running.map((mappings) => mappings.stop()))
  running = []
  await rm(dataDir, { recursive: true, force: true })
})

async function run(queue: Queue, fn: ReturnType<typeof fakeFunction>, more: Partial<QueueMapping> = {}) {
  const started = await start(queues.front.url, [queueMapping(queue, more)], fn, { dataDir, queues: [queue] })
  running.push(started)
  return started
}

const bodies = (event: Received | undefined) => event?.Records.map((record) => record.body)
const allBodies = (fn: ReturnType<typeof fakeFunction>) => fn.events.flatMap((event) => bodies(event) ?? [])

async function send(queue: Queue, ...texts: string[]) {
  for (const MessageBody of texts)
    await queues.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }))
}

/** One request, so that one receive finds all of them. */
async function sendTogether(queue: Queue, ...texts: string[]) {
  const Entries = texts.map((text, index) => ({ Id: String(index), MessageBody: text }))
  await queues.client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }))
}

const isEmpty = async (queue: Queue) => {
  const { visible, inFlight } = await queues.counts(queue)
  return visible + inFlight === 0
}

/** What a rule leaves behind: how many messages of a batch of three are still in the queue after one invocation. */
async function leftAfter(answer: (event: Received) => unknown, more: Partial<QueueMapping> = {}) {
  const queue = await queues.create({ VisibilityTimeout: '600' })
  await sendTogether(queue, 'one', 'two', 'three')
  const fn = fakeFunction(answer)
  const deletions: FrontCall[] = []
  queues.front.intercept((call) => {
    if (call.operation === 'DeleteMessageBatch') deletions.push(call)
    return undefined
  })
  const started = await run(queue, fn, more)
  await until(() => fn.events.length === 1)
  await started.stop()
  expect(fn.events).toHaveLength(1)
  return (await queues.counts(queue)).inFlight
}

const idOf = (event: Received, body: string) => event.Records.find((record) => record.body === body)?.messageId

describe('a queue mapping', () => {
  it('hands messages to the function in the shape of AWS', async () => {
    const queue = await queues.create()
    const fn = fakeFunction()
    const keys = new Set<string>()
    queues.front.intercept((call) => {
      keys.add(call.accessKeyId)
      return undefined
    })
    await run(queue, fn)
    await queues.client.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: 'hello',
        MessageAttributes: {
          trace: { DataType: 'String', StringValue: 'abc' },
          raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) },
        },
      }),
    )
    await until(() => isEmpty(queue))
    expect(fn.events).toEqual([
      {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            receiptHandle: expect.any(String),
            body: 'hello',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: expect.stringMatching(/^\d{13}$/),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            },
            messageAttributes: {
              trace: { stringValue: 'abc', stringListValues: [], binaryListValues: [], dataType: 'String' },
              raw: { binaryValue: 'AQID', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
            },
            md5OfBody: '5d41402abc4b2a76b9719d911017c592',
            md5OfMessageAttributes: expect.any(String),
            eventSource: 'aws:sqs',
            eventSourceARN: queue.arn,
            awsRegion: 'us-east-1',
          },
        ],
      },
    ])
    expect([...keys], 'polls with the identity of the function').toEqual(['MAPPING.worker'])
  })

  it('sends at most batchSize messages at once', async () => {
    const queue = await queues.create()
    await sendTogether(queue, ...'abcdefgh')
    const fn = fakeFunction()
    await run(queue, fn, { batchSize: 3 })
    await until(() => isEmpty(queue))
    expect(allBodies(fn).toSorted()).toEqual([...'abcdefgh'])
    for (const event of fn.events) expect(event.Records.length).toBeLessThanOrEqual(3)
  })

  it('gathers more than ten messages over the batching window', async () => {
    const queue = await queues.create()
    for (const ten of [1, 2, 3]) await sendTogether(queue, ...Array.from({ length: 10 }, (_, n) => `${ten}-${n}`))
    const fn = fakeFunction()
    // A full batch does not wait for the window to close.
    await run(queue, fn, { batchSize: 30, windowSeconds: 300 })
    await until(() => isEmpty(queue))
    expect(fn.events.map((event) => event.Records.length)).toEqual([30])
  })

  it('sends what it has when the batching window closes', async () => {
    const queue = await queues.create()
    const fn = fakeFunction()
    await run(queue, fn, { batchSize: 100, windowSeconds: 1 })
    await sendTogether(queue, 'a', 'b')
    await until(() => isEmpty(queue))
    expect(allBodies(fn).toSorted()).toEqual(['a', 'b'])
  })

  it('keeps a batch below 6 MB', async () => {
    const queue = await queues.create({ MaximumMessageSize: String(1024 * 1024) })
    const large = 'x'.repeat(1_000_000)
    for (let count = 0; count < 8; count += 1) await send(queue, large)
    const fn = fakeFunction()
    await run(queue, fn)
    await until(() => isEmpty(queue))
    expect(allBodies(fn)).toHaveLength(8)
    for (const event of fn.events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6 * 1024 * 1024)
  })

  it('delivers at once while a poll waits', async () => {
    const queue = await queues.create()
    const fn = fakeFunction()
    let waiting = false
    queues.front.intercept((call) => {
      if (call.operation === 'ReceiveMessage') waiting = call.body.WaitTimeSeconds === 20
      return undefined
    })
    await run(queue, fn)
    await until(() => waiting)
    const sentAt = Date.now()
    await send(queue, 'now')
    await until(() => fn.events.length === 1)
    expect(Date.now() - sentAt, 'far less than a long poll').toBeLessThan(10_000)
  })
})

describe('concurrency of a queue mapping', () => {
  it('grows to maximumConcurrency, and not beyond', async () => {
    const queue = await queues.create()
    let inFlight = 0
    let most = 0
    const gate = Promise.withResolvers<void>()
    const fn = fakeFunction(async () => {
      inFlight += 1
      most = Math.max(most, inFlight)
      await gate.promise
      inFlight -= 1
    })
    await run(queue, fn, { batchSize: 1, maximumConcurrency: 3 })
    await sendTogether(queue, ...'abcdefgh')
    await until(() => inFlight === 3)
    gate.resolve()
    await until(() => isEmpty(queue))
    expect(most).toBe(3)
    expect(fn.events).toHaveLength(8)
  })
})

describe('the answer to a batch of messages', () => {
  it('an empty batchItemFailures list means all succeeded', async () => {
    expect(await leftAfter(() => ({ batchItemFailures: [] }))).toBe(0)
  })
  it('a null batchItemFailures list means all succeeded', async () => {
    expect(await leftAfter(() => ({ batchItemFailures: null }))).toBe(0)
  })
  it('no answer and an empty answer mean all succeeded', async () => {
    expect(await leftAfter(() => null)).toBe(0)
    expect(await leftAfter(() => ({}))).toBe(0)
  })
  it('only the messages that are reported stay', async () => {
    const answer = (event: Received) => ({ batchItemFailures: [{ itemIdentifier: idOf(event, 'two') }] })
    expect(await leftAfter(answer)).toBe(1)
  })
  it.each([
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
    ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
    ['an identifier under a wrong key', { batchItemFailures: [{ id: 'x' }] }],
    ['an identifier that is not of the batch', { batchItemFailures: [{ itemIdentifier: 'unknown' }] }],
    ['a list that is no list', { batchItemFailures: 'two' }],
    ['an answer that is no object', 'failed'],
  ])('%s means the whole batch failed', async (_, answer) => {
    expect(await leftAfter(() => answer)).toBe(3)
  })
  it.each(['error', 'timeout', 'exit', 'out-of-memory', 'init', 'payload-too-large'] as const)(
    'the whole batch stays after: %s',
    async (reason) => {
      expect(await leftAfter(() => failed(reason))).toBe(3)
    },
  )
  it('without ReportBatchItemFailures a normal return deletes all, whatever it says', async () => {
    const answer = (event: Received) => ({ batchItemFailures: [{ itemIdentifier: idOf(event, 'two') }] })
    expect(await leftAfter(answer, { reportBatchItemFailures: false })).toBe(0)
  })
  it('without ReportBatchItemFailures an exception keeps all', async () => {
    expect(await leftAfter(() => failed(), { reportBatchItemFailures: false })).toBe(3)
  })
})

describe('a failed message', () => {
  it('comes back when its visibility ends, and counts its receives', async () => {
    const queue = await queues.create({ VisibilityTimeout: '1' })
    await send(queue, 'again')
    const fn = fakeFunction((_, call) => (call === 1 ? failed() : undefined))
    await run(queue, fn)
    await until(() => isEmpty(queue))
    const counts = fn.events.map(
      ({ Records: [record] }) => (record?.attributes as Record<string, string> | undefined)?.ApproximateReceiveCount,
    )
    expect(counts).toEqual(['1', '2'])
  })

  it('goes to the dead-letter queue after maxReceiveCount', async () => {
    const dead = await queues.create()
    const queue = await queues.create({
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
    })
    await send(queue, 'poison')
    const fn = fakeFunction(() => failed())
    await run(queue, fn)
    await until(async () => (await queues.counts(dead)).visible === 1)
    expect(fn.events).toHaveLength(2)
  })
})

describe('a throttled function', () => {
  it('is invoked again with the same messages, without another receive', async () => {
    const queue = await queues.create()
    await send(queue, 'patience')
    const fn = fakeFunction((_, call) => (call < 4 ? failed('throttled') : undefined))
    await run(queue, fn)
    await until(() => isEmpty(queue))
    expect(new Set(fn.events.map((event) => event.Records[0]?.receiptHandle)).size).toBe(1)
    expect(fn.events).toHaveLength(4)
  })
})

describe('a function that stays throttled', () => {
  it('leaves the messages to the next receive when their visibility ends', async () => {
    const queue = await queues.create({ VisibilityTimeout: '1' })
    await send(queue, 'patience')
    const handles = new Set<unknown>()
    const fn = fakeFunction((event) => {
      handles.add(event.Records[0]?.receiptHandle)
      return handles.size < 2 ? failed('throttled') : undefined
    })
    await run(queue, fn)
    await until(() => isEmpty(queue))
    expect(handles.size).toBe(2)
  })
})

describe('stopping a queue mapping', () => {
  it('ends open polls at once, and deletes what a running invocation still finishes', async () => {
    const queue = await queues.create()
    await send(queue, 'running')
    const gate = Promise.withResolvers<void>()
    const fn = fakeFunction(() => gate.promise)
    const started = await run(queue, fn)
    await until(() => fn.events.length === 1)
    const stopped = started.stop()
    gate.resolve()
    await stopped
    expect(await queues.counts(queue)).toEqual({ visible: 0, inFlight: 0 })
  })

  it('does not wait long for an invocation that does not end', async () => {
    const queue = await queues.create()
    await send(queue, 'hangs')
    const fn = fakeFunction(() => new Promise(() => undefined))
    const started = await run(queue, fn)
    await until(() => fn.events.length === 1)
    await started.stop()
    expect(await queues.counts(queue)).toEqual({ visible: 0, inFlight: 1 })
  })
})

describe('deletion', () => {
  it('tries again the entries that failed in an answer of 200', async () => {
    const queue = await queues.create()
    await sendTogether(queue, 'one', 'two')
    const fn = fakeFunction()
    let calls = 0
    queues.front.intercept(async (call) => {
      if (call.operation !== 'DeleteMessageBatch') return undefined
      calls += 1
      if (calls > 1) return undefined
      const [kept, ...entries] = call.body.Entries as { Id: string }[]
      const answer = await call.forward({ ...call.body, Entries: entries })
      const Failed = [{ Id: kept?.Id, Code: 'InternalError', SenderFault: false }]
      return { status: 200, body: { ...(answer.body as object), Failed } }
    })
    await run(queue, fn)
    await until(() => isEmpty(queue))
    expect(fn.events).toHaveLength(1)
  })
})

describe('filters of a queue mapping', () => {
  it('messages that do not match are deleted', async () => {
    const queue = await queues.create()
    await sendTogether(queue, '{"type":"a"}', '{"type":"b"}', 'not json')
    const fn = fakeFunction()
    await run(queue, fn, { filters: [{ body: { type: ['a'] } }] })
    await until(() => isEmpty(queue))
    expect(allBodies(fn)).toEqual(['{"type":"a"}'])
  })
})

describe('a FIFO queue', () => {
  it('delivers the messages of a group in order, one batch at a time, and groups side by side', async () => {
    const queue = await queues.create({ FifoQueue: 'true', ContentBasedDeduplication: 'true', VisibilityTimeout: '1' })
    const seen: Record<string, string[]> = { red: [], blue: [] }
    const busy = new Set<unknown>()
    let overlapped = false
    const fn = fakeFunction(async (event, call) => {
      for (const { attributes, body } of event.Records) {
        const group = String((attributes as Record<string, string>).MessageGroupId)
        overlapped ||= busy.has(group)
        busy.add(group)
        await new Promise(setImmediate)
        busy.delete(group)
        if (call > 2) seen[group]?.push(String(body))
      }
      // The first two batches fail: nothing of their groups may come before they do again.
      return call > 2 ? undefined : failed()
    })
    await run(queue, fn, { batchSize: 1 })
    for (let number = 1; number <= 4; number += 1) {
      for (const group of ['red', 'blue']) {
        const message = { QueueUrl: queue.url, MessageBody: `${group}${number}`, MessageGroupId: group }
        await queues.client.send(new SendMessageCommand(message))
      }
    }
    await until(() => isEmpty(queue))
    expect(seen).toEqual({
      red: ['red1', 'red2', 'red3', 'red4'],
      blue: ['blue1', 'blue2', 'blue3', 'blue4'],
    })
    expect(overlapped).toBe(false)
  })
})

describe('disabling a queue mapping', () => {
  it('nothing is invoked while it is disabled; a message that an open poll still takes is given back', async () => {
    const queue = await queues.create()
    const fn = fakeFunction()
    let open = 0
    let polls = 0
    queues.front.intercept(async (call) => {
      if (call.operation !== 'ReceiveMessage') return undefined
      polls += 1
      open += 1
      const answer = await call.forward({ ...call.body, WaitTimeSeconds: 1 })
      open -= 1
      return answer
    })
    const started = await run(queue, fn)
    await until(() => open === 2)
    expect(await started.setEnabled('QueueMapping', false)).toMatchObject([{ enabled: false }])
    await send(queue, 'wait')
    await until(async () => open === 0 && (await queues.counts(queue)).inFlight === 0)
    expect(fn.events).toEqual([])
    expect(await queues.counts(queue)).toEqual({ visible: 1, inFlight: 0 })
    expect(polls, 'a disabled mapping does not poll again').toBe(2)
    await started.setEnabled('worker', true)
    await until(() => isEmpty(queue))
    expect(allBodies(fn)).toEqual(['wait'])
  })
})

describe('a queue that cannot be read', () => {
  it('is told once, and works again once the cause is gone', async () => {
    const queue = await queues.create()
    await send(queue, 'later')
    const fn = fakeFunction()
    let refusals = 0
    queues.front.intercept(() => {
      refusals += 1
      return refusals < 6 ? refusal('AccessDeniedException') : undefined
    })
    const started = await run(queue, fn)
    await until(() => isEmpty(queue))
    expect(started.lines.filter((line) => line.includes('AccessDenied'))).toHaveLength(1)
  })
})
