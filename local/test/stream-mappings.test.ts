import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { toStreamRecord } from '../mappings/stream-record.ts'
import type { Queue, StreamMapping } from '../model.ts'
import { dataRoot } from './support/data-root.ts'
import type { FrontAnswer, FrontCall } from './support/front.ts'
import { refusal } from './support/front.ts'
import type { Received, Started } from './support/mappings.ts'
import {
  FUNCTION,
  failed,
  fakeFunction,
  start,
  startQueues,
  startTables,
  streamMapping,
  until,
} from './support/mappings.ts'

let tables: Awaited<ReturnType<typeof startTables>>
let queues: Awaited<ReturnType<typeof startQueues>>
let dataDir: string
let running: Started[] = []
let firstNumber: number

beforeAll(async () => {
  tables = await startTables()
  queues = await startQueues()
})
afterAll(async () => {
  await tables.stop()
  await queues.stop()
})
beforeEach(async () => {
  dataDir = await mkdtemp(join(dataRoot(), 'mappings-'))
})
afterEach(async () => {
  tables.front.intercept()
  await Promise.all(running.map((mappings) => mappings.stop()))
  running = []
  await rm(dataDir, { recursive: true, force: true })
})

type Fn = ReturnType<typeof fakeFunction>

async function run(streamArn: string, fn: Pick<Fn, 'invoke'>, more: Partial<StreamMapping> = {}, extra: Queue[] = []) {
  const started = await start(tables.front.url, [streamMapping(streamArn, more)], fn, { dataDir, queues: extra })
  running.push(started)
  return started
}

interface Change {
  readonly Keys: { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } }
  readonly SequenceNumber: string
  readonly ApproximateCreationDateTime: number
}
const changes = (event: Received) => event.Records.map((record) => record.dynamodb as Change)
const keys = (event: Received) => changes(event).map(({ Keys }) => Keys.sk.S)
const batches = (fn: Fn) => fn.events.map(keys)
const seen = (fn: Fn) => fn.events.flatMap(keys)
const numberOf = (event: Received, key: string) => changes(event).find(({ Keys }) => Keys.sk.S === key)?.SequenceNumber
const failing = (event: Received, key: string) => {
  const itemIdentifier = numberOf(event, key)
  return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] }
}
const asFailure = ({ SequenceNumber }: Change) => ({ itemIdentifier: SequenceNumber })

/** The number of a record in its own stream, from 1: the engine counts through all streams. */
const place = (sequenceNumber: string | undefined) => Number(sequenceNumber ?? 0) - firstNumber + 1
const checkpoint = async () => {
  const text = await readFile(join(dataDir, 'mappings', 'StreamMapping.json'), 'utf8').catch(() => '{}')
  const { shards = {} } = JSON.parse(text) as { shards?: Record<string, { after?: string }> }
  const [shard] = Object.values(shards)
  return shard?.after === undefined ? 0 : place(shard.after)
}

async function tableWith(...items: string[]) {
  const table = await tables.create()
  firstNumber = table.firstNumber
  for (const item of items) await table.put(item)
  return table
}

describe('a stream mapping', () => {
  it('hands records to the function in the shape of AWS, and polls with the identity of the function', async () => {
    const table = await tableWith()
    const fn = fakeFunction()
    const accessKeys = new Set<string>()
    tables.front.intercept((call) => {
      accessKeys.add(call.accessKeyId)
      return undefined
    })
    await run(table.streamArn, fn)
    const before = Math.floor(Date.now() / 1000)
    await table.put('a', {
      raw: { B: new Uint8Array([1, 2, 3]) },
      list: { L: [{ BS: [new Uint8Array([9])] }, { N: '7' }] },
    })
    await until(() => fn.events.length === 1)
    const Keys = { pk: { S: 'p' }, sk: { S: 'a' } }
    expect(fn.events).toEqual([
      {
        Records: [
          {
            eventID: expect.any(String),
            eventName: 'INSERT',
            eventVersion: '1.1',
            eventSource: 'aws:dynamodb',
            awsRegion: 'us-east-1',
            dynamodb: {
              ApproximateCreationDateTime: expect.any(Number),
              Keys,
              NewImage: { ...Keys, raw: { B: 'AQID' }, list: { L: [{ BS: ['CQ=='] }, { N: '7' }] } },
              SequenceNumber: expect.stringMatching(/^\d{21}$/),
              SizeBytes: expect.any(Number),
              StreamViewType: 'NEW_IMAGE',
            },
            eventSourceARN: table.streamArn,
          },
        ],
      },
    ])
    const createdAt = changes(fn.events[0] as Received)[0]?.ApproximateCreationDateTime
    expect(createdAt, 'in seconds, to the second').toBeGreaterThanOrEqual(before)
    expect([...accessKeys]).toEqual(['MAPPING.worker'])
  })

  it('tells a record that TTL removed by its userIdentity', () => {
    const polled = {
      eventName: 'REMOVE',
      userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
    } as const
    expect(toStreamRecord(polled, { arn: 'arn', region: 'us-east-1' }, 0).event).toMatchObject({
      userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' },
    })
  })

  it('sends at most batchSize records at once, in order', async () => {
    const table = await tableWith(...'abcdefg')
    const fn = fakeFunction()
    await run(table.streamArn, fn, { batchSize: 3 })
    await until(() => seen(fn).length === 7)
    expect(batches(fn)).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']])
  })

  it('gathers over the batching window; a full batch does not wait for it', async () => {
    const table = await tableWith('a')
    const fn = fakeFunction()
    await run(table.streamArn, fn, { batchSize: 3, windowSeconds: 300 })
    await table.put('b')
    await table.put('c')
    await until(() => fn.events.length === 1)
    expect(batches(fn)).toEqual([['a', 'b', 'c']])
  })

  it('sends what it has when the batching window closes', async () => {
    const table = await tableWith('a', 'b')
    const fn = fakeFunction()
    await run(table.streamArn, fn, { windowSeconds: 1 })
    await until(() => fn.events.length === 1)
    expect(batches(fn)).toEqual([['a', 'b']])
  })

  it('passes over records that the filters leave out, and checkpoints over them', async () => {
    const table = await tableWith('a', 'b', 'c')
    const fn = fakeFunction()
    await run(table.streamArn, fn, { filters: [{ eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: ['b'] } } } }] })
    await until(async () => (await checkpoint()) === 3)
    expect(seen(fn)).toEqual(['b'])
  })

  it('measures the iterator age', async () => {
    const table = await tableWith('a')
    const fn = fakeFunction()
    const { points } = await run(table.streamArn, fn)
    await until(() => fn.events.length === 1)
    expect(points).toEqual([
      expect.objectContaining({ namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName: 'worker' } }),
    ])
    expect(points[0]?.value).toBeGreaterThanOrEqual(0)
  })
})

describe('where a stream mapping starts', () => {
  it('TRIM_HORIZON starts at the oldest record', async () => {
    const table = await tableWith('old')
    const fn = fakeFunction()
    await run(table.streamArn, fn)
    await until(() => fn.events.length === 1)
    expect(seen(fn)).toEqual(['old'])
  })

  it('LATEST passes over what is there, and remembers it over a restart without a record in between', async () => {
    const table = await tableWith('old', 'older')
    const fn = fakeFunction()
    const first = await run(table.streamArn, fn, { startingPosition: 'LATEST' })
    await first.stop()
    await table.put('written while it was down')
    await run(table.streamArn, fn, { startingPosition: 'LATEST' })
    await table.put('new')
    await until(() => seen(fn).length === 2)
    expect(seen(fn)).toEqual(['written while it was down', 'new'])
  })

  it('the checkpoint survives a restart', async () => {
    const table = await tableWith('a', 'b')
    const fn = fakeFunction()
    const first = await run(table.streamArn, fn)
    await until(async () => (await checkpoint()) === 2)
    await first.stop()
    await table.put('c')
    const second = fakeFunction()
    await run(table.streamArn, second)
    await until(() => second.events.length === 1)
    expect(seen(second)).toEqual(['c'])
  })

  it('what was with the function when the process died comes again', async () => {
    const table = await tableWith('a', 'b')
    const hanging = fakeFunction((_, call) => (call === 2 ? new Promise(() => undefined) : undefined))
    await run(table.streamArn, hanging, { batchSize: 1 })
    await until(() => hanging.events.length === 2)
    // Nothing is told to stop, as when the process is killed: only what is on disk counts.
    await until(async () => (await checkpoint()) === 1)
    const fn = fakeFunction()
    await run(table.streamArn, fn)
    await until(() => fn.events.length === 1)
    expect(seen(fn)).toEqual(['b'])
  })
})

describe('a batch that fails', () => {
  it('is retried from the lowest returned sequence number', async () => {
    const table = await tableWith('a', 'b', 'c')
    const fn = fakeFunction((event, call) => (call === 1 ? failing(event, 'b') : undefined))
    await run(table.streamArn, fn)
    await until(async () => (await checkpoint()) === 3)
    expect(batches(fn)).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ])
  })

  it.each(['error', 'timeout', 'exit', 'out-of-memory', 'init', 'payload-too-large', 'throttled'] as const)(
    'as a whole is retried as a whole: %s',
    async (reason) => {
      const table = await tableWith('a', 'b')
      const fn = fakeFunction((_, call) => (call === 1 ? failed(reason) : undefined))
      await run(table.streamArn, fn)
      await until(async () => (await checkpoint()) === 2)
      expect(batches(fn)).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ])
    },
  )

  it('is bisected until the bad record is alone; its neighbours are unharmed', async () => {
    const table = await tableWith('a', 'b', 'bad', 'd')
    const fn = fakeFunction((event) => (keys(event).includes('bad') ? failed() : undefined))
    await run(table.streamArn, fn, { bisectOnError: true, maximumRetries: 1, reportBatchItemFailures: false })
    await until(async () => (await checkpoint()) === 4)
    expect(batches(fn)).toEqual([['a', 'b', 'bad', 'd'], ['a', 'b'], ['bad', 'd'], ['bad'], ['bad'], ['d']])
  })

  it('holds the checkpoint and the shard while it is retried', async () => {
    const table = await tableWith('a', 'bad', 'c')
    const fn = fakeFunction((event, call) => (keys(event).includes('bad') && call < 6 ? failed() : undefined))
    await run(table.streamArn, fn, { batchSize: 1 })
    await until(() => fn.events.length === 4)
    expect(await checkpoint()).toBeLessThanOrEqual(1)
    await until(async () => (await checkpoint()) === 3)
    expect(seen(fn)).toEqual(['a', 'bad', 'bad', 'bad', 'bad', 'bad', 'c'])
  })
})

describe('a batch that is given up', () => {
  async function messageIn(queue: Queue) {
    let body: string | undefined
    await until(async () => {
      const { Messages } = await queues.client.send(
        new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1 }),
      )
      body ??= Messages?.[0]?.Body
      return body
    })
    return JSON.parse(body ?? '') as Record<string, Record<string, unknown>>
  }
  /** The mapping has one endpoint for streams and queues, as the gateway is. */
  const withQueues = (before: (call: FrontCall) => ReturnType<typeof refusal> | undefined = () => undefined) =>
    tables.front.intercept(async (call) => {
      if (call.operation !== 'SendMessage') return undefined
      return before(call) ?? queues.forward('SendMessage', call.body)
    })

  it('goes to the failure destination as metadata after maximumRetries, and the shard goes on', async () => {
    const table = await tableWith('a', 'bad', 'c')
    const queue = await queues.create()
    withQueues()
    const fn = fakeFunction((event) => (keys(event).includes('bad') ? failing(event, 'bad') : undefined))
    await run(table.streamArn, fn, { maximumRetries: 2, batchSize: 2, onFailureArn: queue.arn }, [queue])
    await until(() => seen(fn).includes('c'))
    expect(batches(fn)).toEqual([['a', 'bad'], ['bad'], ['bad'], ['c']])
    expect(await messageIn(queue)).toEqual({
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        functionArn: FUNCTION.arn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-/),
        startSequenceNumber: numberOf(fn.events[0] as Received, 'bad'),
        endSequenceNumber: numberOf(fn.events[0] as Received, 'bad'),
        approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        batchSize: 1,
        streamArn: table.streamArn,
      },
    })
  })

  it('is not checkpointed over before its message has been handed over', async () => {
    const table = await tableWith('bad')
    const queue = await queues.create()
    let sends = 0
    withQueues(() => {
      sends += 1
      return sends < 8 ? refusal('InternalFailure', 500) : undefined
    })
    const fn = fakeFunction(() => failed())
    await run(table.streamArn, fn, { maximumRetries: 0, onFailureArn: queue.arn }, [queue])
    await until(() => sends >= 4)
    if (sends < 8) expect(await checkpoint()).toBe(0)
    expect((await messageIn(queue)).responseContext).toMatchObject({ functionError: 'Unhandled' })
    await until(async () => (await checkpoint()) === 1)
  })

  it('whose destination refuses is told with its message, and the shard goes on', async () => {
    const table = await tableWith('bad', 'good')
    const queue = await queues.create()
    withQueues(() => refusal('AccessDeniedException'))
    const fn = fakeFunction((event) => (keys(event).includes('bad') ? failed() : undefined))
    const options = { maximumRetries: 0, batchSize: 1, onFailureArn: queue.arn }
    const { lines } = await run(table.streamArn, fn, options, [queue])
    await until(async () => (await checkpoint()) === 2)
    expect(lines.join('\n')).toMatch(/refused the message.*AccessDenied.*DDBStreamBatchInfo/)
  })

  it('for a topic is a line in the log', async () => {
    const table = await tableWith('bad')
    const onFailureArn = 'arn:aws:sns:us-east-1:000000000000:alarms'
    const { lines } = await run(
      table.streamArn,
      fakeFunction(() => failed()),
      { maximumRetries: 0, onFailureArn },
    )
    await until(async () => (await checkpoint()) === 1)
    expect(lines.join('\n')).toMatch(/to arn:aws:sns.*RetryAttemptsExhausted/)
  })

  it('because it is too old is never sent to the function', async () => {
    const table = await tableWith('old')
    tables.front.intercept(async (call) => {
      if (call.operation !== 'GetRecords') return undefined
      const answer = await call.forward()
      const text = JSON.stringify(answer.body)
      return { ...answer, body: JSON.parse(text.replace(/("ApproximateCreationDateTime":)\d+/g, '$11000000000')) }
    })
    const fn = fakeFunction()
    const { lines } = await run(table.streamArn, fn, { maximumRecordAgeSeconds: 60 })
    await until(async () => (await checkpoint()) === 1)
    expect(fn.events).toEqual([])
    expect(lines.join('\n')).toMatch(/RecordAgeExceeded: gave up 1 records/)
  })
})

describe('ParallelizationFactor', () => {
  it('runs as many batches of a shard side by side, never two of one item', async () => {
    const table = await tableWith()
    const busy = new Set<string>()
    let overlapped = false
    let most = 0
    const fn = fakeFunction(async (event) => {
      const items = new Set(keys(event))
      overlapped ||= [...items].some((item) => busy.has(item))
      for (const item of items) busy.add(item)
      most = Math.max(most, busy.size)
      await new Promise((resolve) => setTimeout(resolve, 5))
      for (const item of items) busy.delete(item)
    })
    for (let round = 0; round < 5; round += 1)
      for (const item of 'abcdefgh') await table.put(item, { round: { N: String(round) } })
    await run(table.streamArn, fn, { parallelizationFactor: 4, batchSize: 1 })
    await until(async () => (await checkpoint()) === 40)
    expect(overlapped).toBe(false)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
  })

  it('no record overtakes another of its item and none is lost, whatever fails', async () => {
    const table = await tableWith()
    for (let round = 0; round < 15; round += 1)
      for (const item of 'abcdefgh') await table.put(item, { round: { N: String(round) } })
    const done: { item: string; number: number }[] = []
    const ranAhead: number[] = []
    const fn = fakeFunction(async (event, call) => {
      await new Promise((resolve) => setTimeout(resolve, (call * 7) % 5))
      if (call % 5 === 0) return failed(call % 2 === 0 ? 'error' : 'throttled')
      // Of every third batch the second half fails.
      const failedFrom = call % 3 === 0 ? Math.floor(event.Records.length / 2) : event.Records.length
      const succeeded = changes(event).slice(0, failedFrom)
      done.push(...succeeded.map(({ Keys, SequenceNumber }) => ({ item: Keys.sk.S, number: place(SequenceNumber) })))
      // The file may lag behind what is done, but never run ahead.
      const checkpointed = await checkpoint()
      if (new Set(done.filter(({ number }) => number <= checkpointed)).size < checkpointed) ranAhead.push(checkpointed)
      return {
        batchItemFailures: changes(event)
          .slice(failedFrom, failedFrom + 1)
          .map(asFailure),
      }
    })
    await run(table.streamArn, fn, { parallelizationFactor: 3, batchSize: 7, bisectOnError: true })
    await until(async () => (await checkpoint()) === 120)
    expect(ranAhead).toEqual([])
    for (const item of 'abcdefgh') {
      const numbers = done.filter((one) => one.item === item).map(({ number }) => number)
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
    const all = done.map(({ number }) => number).toSorted((a, b) => a - b)
    expect(all).toEqual(Array.from({ length: 120 }, (_, index) => index + 1))
  })
})

describe('shards and iterators', () => {
  it('an expired iterator is replaced, and no record is lost or doubled', async () => {
    const table = await tableWith('a')
    let reads = 0
    tables.front.intercept((call) => {
      if (call.operation !== 'GetRecords') return undefined
      reads += 1
      return reads % 2 === 0 ? refusal('ExpiredIteratorException') : undefined
    })
    const fn = fakeFunction()
    await run(table.streamArn, fn)
    await until(() => reads > 3)
    await table.put('b')
    await until(() => seen(fn).length === 2)
    expect(seen(fn)).toEqual(['a', 'b'])
  })

  it('a trimmed position goes on with the oldest record that is left', async () => {
    const table = await tableWith('a')
    const fn = fakeFunction()
    const first = await run(table.streamArn, fn)
    await until(async () => (await checkpoint()) === 1)
    await first.stop()
    tables.front.intercept((call) =>
      call.body.ShardIteratorType === 'AFTER_SEQUENCE_NUMBER' ? refusal('TrimmedDataAccessException') : undefined,
    )
    const { lines } = await run(table.streamArn, fn)
    await until(() => seen(fn).length === 2)
    expect(lines.join('\n')).toMatch(/older than 24 hours and gone/)
  })

  it('an iterator of the trim horizon that is refused is replaced, and nothing is said of records that are gone', async () => {
    const table = await tableWith('a')
    let refused = false
    tables.front.intercept((call) => {
      if (call.operation !== 'GetRecords' || refused) return undefined
      refused = true
      return refusal('TrimmedDataAccessException')
    })
    const fn = fakeFunction()
    const { lines } = await run(table.streamArn, fn)
    await until(() => seen(fn).length === 1)
    expect(refused).toBe(true)
    expect(lines.join('\n')).not.toMatch(/gone/)
  })

  it('a child shard is read after every record of its parent is finished', async () => {
    const parent = await tableWith('p1', 'p2')
    const child = await tableWith('c1')
    // Two streams with a shard each play the parts of a closed shard and its child.
    const shardIn = async (call: FrontCall, streamArn: string) => {
      const { body } = await call.forward({ StreamArn: streamArn })
      return (body as { StreamDescription: { Shards: Record<string, unknown>[] } }).StreamDescription.Shards[0] ?? {}
    }
    let parentId: unknown
    const ofParent = new Set<unknown>()
    const calls: Record<string, (call: FrontCall) => Promise<FrontAnswer>> = {
      async DescribeStream(call) {
        const closed = await shardIn(call, parent.streamArn)
        parentId = closed.ShardId
        const open = { ...(await shardIn(call, child.streamArn)), ParentShardId: parentId }
        return { status: 200, body: { StreamDescription: { Shards: [open, closed] } } }
      },
      async GetShardIterator(call) {
        const isParent = call.body.ShardId === parentId
        const answer = await call.forward({ ...call.body, StreamArn: isParent ? parent.streamArn : child.streamArn })
        if (isParent) ofParent.add((answer.body as { ShardIterator: string }).ShardIterator)
        return answer
      },
      async GetRecords(call) {
        const answer = await call.forward()
        const isLast = ofParent.has(call.body.ShardIterator)
        return isLast ? { ...answer, body: { ...(answer.body as object), NextShardIterator: undefined } } : answer
      },
    }
    tables.front.intercept((call) => calls[call.operation]?.(call))
    const fn = fakeFunction((event, call) => (call < 3 ? failing(event, 'p2') : undefined))
    await run(parent.streamArn, fn)
    await until(() => seen(fn).includes('c1'))
    expect(batches(fn)).toEqual([['p1', 'p2'], ['p2'], ['p2'], ['c1']])
  })

  it('a stream that may not be read is told once, and read when it may', async () => {
    const table = await tableWith('a')
    let refusals = 0
    tables.front.intercept(() => {
      refusals += 1
      return refusals < 6 ? refusal('AccessDeniedException') : undefined
    })
    const fn = fakeFunction()
    const { lines } = await run(table.streamArn, fn)
    await until(() => fn.events.length === 1)
    expect(lines.filter((line) => line.includes('AccessDenied'))).toHaveLength(1)
  })

  it('an idle shard is read about four times a second', async () => {
    const table = await tableWith()
    const reads: number[] = []
    tables.front.intercept((call) => {
      if (call.operation === 'GetRecords') reads.push(Date.now())
      return undefined
    })
    await run(table.streamArn, fakeFunction())
    await until(() => reads.length === 6)
    expect((reads.at(-1) ?? 0) - (reads[0] ?? 0), 'not in a busy loop').toBeGreaterThanOrEqual(5 * 240)
  })
})

describe('enabling and disabling', () => {
  it('a mapping that the template disables does nothing until it is enabled', async () => {
    const table = await tableWith('a')
    const fn = fakeFunction()
    let calls = 0
    tables.front.intercept(() => {
      calls += 1
      return undefined
    })
    const started = await run(table.streamArn, fn, { enabled: false })
    expect(started.list()).toMatchObject([{ logicalId: 'StreamMapping', functionName: 'worker', enabled: false }])
    expect(calls).toBe(0)
    await started.setEnabled('StreamMapping', true)
    await until(() => fn.events.length === 1)
  })

  it('a disabled mapping goes on where it was, also after a restart, which remembers the switch', async () => {
    const table = await tableWith('a')
    const fn = fakeFunction()
    const first = await run(table.streamArn, fn)
    await until(async () => (await checkpoint()) === 1)
    await first.setEnabled('worker', false)
    await first.stop()
    await table.put('b')
    const second = await run(table.streamArn, fn)
    expect(second.list()).toMatchObject([{ enabled: false }])
    expect(await second.setEnabled('worker', true)).toMatchObject([{ enabled: true }])
    await until(() => fn.events.length === 2)
    expect(seen(fn)).toEqual(['a', 'b'])
  })

  it('a record is not with the function twice when a mapping is enabled while its last batch still runs', async () => {
    const table = await tableWith('a')
    const gate = Promise.withResolvers<void>()
    const fn = fakeFunction((_, call) => (call === 1 ? gate.promise : undefined))
    const started = await run(table.streamArn, fn)
    await until(() => fn.events.length === 1)
    await started.setEnabled('worker', false)
    await started.setEnabled('worker', true)
    gate.resolve()
    await table.put('b')
    await until(() => fn.events.length === 2)
    expect(seen(fn)).toEqual(['a', 'b'])
  })

  it('an unknown name switches nothing', async () => {
    const table = await tableWith()
    const started = await run(table.streamArn, fakeFunction())
    expect(await started.setEnabled('nobody', false)).toEqual([])
  })

  it('a malformed filter is refused at start, with the mapping’s name', async () => {
    const table = await tableWith()
    const start = run(table.streamArn, fakeFunction(), { filters: [{ eventName: 'INSERT' }] })
    await expect(start).rejects.toThrow(/StreamMapping .*of worker\): Invalid filter pattern: filter 1\.eventName/)
  })
})
