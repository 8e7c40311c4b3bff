import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLedger } from '../mappings/ledger.ts'
import type { QueueRecord } from '../mappings/queue-event.ts'
import { concurrencyOf } from '../mappings/queue-mapping.ts'
import { settle, toBatches } from '../mappings/queue-plan.ts'
import { readyShards } from '../mappings/stream-mapping.ts'
import type { Batch, RetryPolicy } from '../mappings/stream-plan.ts'
import {
  afterInvocation,
  MAX_EVENT_BYTES,
  newBatch,
  nextBatch,
  slotOf,
  withoutExpired,
} from '../mappings/stream-plan.ts'
import type { StreamRecord } from '../mappings/stream-record.ts'
import type { InvokeResult } from '../types.ts'
import { failed, queueMapping } from './support/mappings.ts'

const record = (number: number, more: Partial<StreamRecord> = {}): StreamRecord => ({
  sequenceNumber: String(number),
  itemKey: 'k',
  createdAt: 0,
  bytes: 100,
  event: {},
  ...more,
})
const records = (count: number) => Array.from({ length: count }, (_, index) => record(index + 1))
const numbers = (batch: { records: readonly StreamRecord[] } | undefined) =>
  batch?.records.map((r) => Number(r.sequenceNumber))
const answered = (...identifiers: unknown[]): InvokeResult => ({
  ok: true,
  durationMs: 1,
  payload: { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) },
})
const policy: RetryPolicy = { reportBatchItemFailures: true, bisectOnError: false, maximumRetries: 2 }
const bisecting: RetryPolicy = { ...policy, bisectOnError: true }

describe('a batch of stream records', () => {
  it('checkpoints at the lowest returned sequence number and retries from there', () => {
    const step = afterInvocation(newBatch(records(5)), answered('4', '2'), policy)
    expect(step.done.map((r) => r.sequenceNumber)).toEqual(['1'])
    expect(step.retry.map(numbers)).toEqual([[2, 3, 4, 5]])
    expect(step.retry[0]?.retriesUsed).toBe(1)
  })
  it('bisects at the returned sequence number, which uses up no retry', () => {
    const step = afterInvocation(newBatch(records(5)), answered('4'), bisecting)
    expect(step.retry.map(numbers)).toEqual([[4, 5]])
    expect(step.retry[0]?.retriesUsed).toBe(0)
  })
  it('that fails again at its first record uses up retries even with bisect, so that it ends', () => {
    const step = afterInvocation(newBatch(records(3)), answered('1'), bisecting)
    expect(step.retry.map(numbers)).toEqual([[1, 2, 3]])
    expect(step.retry[0]?.retriesUsed).toBe(1)
  })
  it('splits in two when the function fails, which uses up no retry', () => {
    const step = afterInvocation(newBatch(records(5)), failed(), bisecting)
    expect(step.retry.map(numbers)).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
    expect(step.retry.map((batch) => batch.retriesUsed)).toEqual([0, 0])
  })
  it('of one record cannot be split: it uses up retries', () => {
    expect(afterInvocation(newBatch(records(1)), failed(), bisecting).retry[0]?.retriesUsed).toBe(1)
  })
  it('is discarded after maximumRetries retries, with the number of its invocations', () => {
    let batch: Batch = newBatch(records(2))
    for (const retries of [1, 2]) {
      const [next] = afterInvocation(batch, failed(), policy).retry
      expect(next?.retriesUsed).toBe(retries)
      if (next) batch = next
    }
    const { discarded, retry } = afterInvocation(batch, failed(), policy)
    expect(retry).toEqual([])
    expect(discarded).toMatchObject({ condition: 'RetryAttemptsExhausted', functionError: true })
    expect(discarded?.batch.invocations).toBe(3)
  })
  it('is retried without end when maximumRetries is -1', () => {
    const batch = { ...newBatch(records(2)), retriesUsed: 1_000_000 }
    expect(afterInvocation(batch, failed(), { ...policy, maximumRetries: -1 }).retry).toHaveLength(1)
  })
  it('that was throttled is tried again: no retry is used up and nothing is split', () => {
    const step = afterInvocation(newBatch(records(4)), failed('throttled'), { ...bisecting, maximumRetries: 0 })
    expect(step.retry.map(numbers)).toEqual([[1, 2, 3, 4]])
    expect(step.retry[0]).toMatchObject({ retriesUsed: 0, invocations: 0 })
  })
  it('ignores the answer without ReportBatchItemFailures', () => {
    const step = afterInvocation(newBatch(records(3)), answered('2'), { ...policy, reportBatchItemFailures: false })
    expect(step.done).toHaveLength(3)
  })
  it.each([
    ['an empty identifier', answered('')],
    ['an unknown identifier', answered('2', '99')],
    ['a null identifier', answered(null)],
    ['a malformed answer', { ok: true, payload: 'no', durationMs: 1 } as const],
  ])('fails as a whole after %s', (_, result) => {
    const step = afterInvocation(newBatch(records(3)), result, policy)
    expect(step.done).toEqual([])
    expect(step.retry.map(numbers)).toEqual([[1, 2, 3]])
  })
  it.each([[[]], [null], [undefined]])('succeeds as a whole when batchItemFailures is %j', (batchItemFailures) => {
    const result = { ok: true, payload: { batchItemFailures }, durationMs: 1 } as const
    expect(afterInvocation(newBatch(records(3)), result, policy).done).toHaveLength(3)
  })

  it('parts from records that are older than maximumRecordAge, before they are sent', () => {
    const now = 1_000_000
    const batch = newBatch([record(1, { createdAt: now - 60_001 }), record(2, { createdAt: now - 60_000 })])
    const { alive, discarded } = withoutExpired(batch, 60, now)
    expect(numbers(alive)).toEqual([2])
    expect(discarded?.condition).toBe('RecordAgeExceeded')
    expect(numbers(discarded?.batch)).toEqual([1])
    expect(withoutExpired(batch, -1, now).discarded, '-1 is the 24 hours of the stream').toBeUndefined()
  })
})

describe('the size of a batch', () => {
  it('is batchSize at most', () => {
    expect(nextBatch(records(3), 3)).toEqual({ count: 3, full: true })
    expect(nextBatch(records(4), 3)).toEqual({ count: 3, full: true })
    expect(nextBatch(records(2), 3)).toEqual({ count: 2, full: false })
  })
  it('is 6 MB at most', () => {
    const large = records(8).map((r) => ({ ...r, bytes: 1024 * 1024 }))
    expect(nextBatch(large, 100)).toEqual({ count: 5, full: true })
  })
})

describe('whatever fails', () => {
  const outcome = fc.oneof(
    fc.constant(failed()),
    fc.constant(failed('timeout')),
    fc.constant(failed('throttled')),
    fc.constant<InvokeResult>({ ok: true, payload: null, durationMs: 1 }),
    fc.constant<InvokeResult>({ ok: true, payload: [], durationMs: 1 }),
    fc.integer({ min: 1, max: 12 }).map((number) => answered(String(number))),
  )

  it('each record is done or discarded once, and in stream order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(outcome, { maxLength: 60 }),
        fc.record({
          reportBatchItemFailures: fc.boolean(),
          bisectOnError: fc.boolean(),
          maximumRetries: fc.integer({ min: 0, max: 3 }),
        }),
        (count, outcomes, anyPolicy) => {
          const ended: number[] = []
          let pending: readonly Batch[] = [newBatch(records(count))]
          for (let turn = 0; pending.length > 0; turn += 1) {
            const [next, ...later] = pending as [Batch, ...Batch[]]
            const step = afterInvocation(next, outcomes[turn] ?? failed(), anyPolicy)
            const { discarded } = step
            ended.push(...(numbers({ records: step.done }) ?? []), ...(numbers(discarded?.batch) ?? []))
            pending = [...step.retry, ...later]
            expect(turn).toBeLessThan(1000)
          }
          expect(ended).toEqual(records(count).map((r) => Number(r.sequenceNumber)))
        },
      ),
    )
  })
})

describe('the checkpoint', () => {
  it('is the last number before the lowest unfinished record', () => {
    const ledger = createLedger()
    for (const number of ['1', '2', '3', '4']) ledger.add(number)
    expect(ledger.checkpoint()).toBeUndefined()
    ledger.finish('2')
    expect(ledger.checkpoint()).toBeUndefined()
    ledger.finish('1')
    expect(ledger.checkpoint()).toBe('2')
    ledger.finish('4')
    expect(ledger.checkpoint()).toBe('2')
    expect(ledger.span()).toBe(2)
    ledger.finish('3')
    expect(ledger.checkpoint()).toBe('4')
  })
  it('never passes an unfinished record, in whatever order the slots finish', () => {
    const order = fc.integer({ min: 1, max: 40 }).chain((count) =>
      fc.shuffledSubarray(
        Array.from({ length: count }, (_, n) => n),
        { minLength: count },
      ),
    )
    fc.assert(
      fc.property(order, (finishing) => {
        const ledger = createLedger()
        const open = new Set(finishing.map((_, number) => number))
        for (const number of open) ledger.add(String(number))
        for (const number of finishing) {
          ledger.finish(String(number))
          open.delete(number)
          const lowest = open.size > 0 ? Math.min(...open) : finishing.length
          expect(Number(ledger.checkpoint() ?? -1)).toBe(lowest - 1)
        }
      }),
    )
  })
})

describe('slots', () => {
  it('an item is always in the same slot, and items spread over all slots', () => {
    const keys = Array.from({ length: 200 }, (_, index) => JSON.stringify([['pk', { S: `item-${index}` }]]))
    for (const key of keys) expect(slotOf(key, 10)).toBe(slotOf(key, 10))
    expect(new Set(keys.map((key) => slotOf(key, 10))).size).toBe(10)
  })
})

describe('a child shard', () => {
  const shards = [
    { ShardId: 'parent' },
    { ShardId: 'child', ParentShardId: 'parent' },
    { ShardId: 'orphan', ParentShardId: 'trimmed' },
  ]
  it('waits until its parent is finished', () => {
    expect(
      readyShards(
        shards,
        () => false,
        () => false,
      ),
    ).toEqual(['parent', 'orphan'])
    expect(
      readyShards(
        shards,
        () => false,
        (id) => id === 'parent',
      ),
    ).toEqual(['orphan'])
    expect(
      readyShards(
        shards,
        (id) => id === 'parent',
        () => false,
      ),
    ).toEqual(['child', 'orphan'])
  })
})

describe('a batch of messages', () => {
  const message = (messageId: string, attributes: Record<string, string> = {}): QueueRecord => ({
    messageId,
    receiptHandle: messageId,
    body: '',
    attributes,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn',
    awsRegion: 'us-east-1',
  })
  const inGroup = (id: string, MessageGroupId: string) => message(id, { MessageGroupId, SequenceNumber: '1' })
  const ids = (list: readonly QueueRecord[]) => list.map(({ messageId }) => messageId)

  it('a failed message of a FIFO group holds back the later ones of its group', () => {
    const batch = [inGroup('r1', 'red'), inGroup('b1', 'blue'), inGroup('r2', 'red'), inGroup('b2', 'blue')]
    const { deleted, kept, news } = settle(batch, answered('r1'), { reportBatchItemFailures: true })
    expect(ids(deleted)).toEqual(['b1', 'b2'])
    expect(ids(kept)).toEqual(['r1', 'r2'])
    expect(news).toMatch(/held back r2/)
  })
  it('a group on a standard queue is for fairness only and holds nothing back', () => {
    const batch = [message('a1', { MessageGroupId: 'a' }), message('a2', { MessageGroupId: 'a' })]
    expect(ids(settle(batch, answered('a1'), { reportBatchItemFailures: true }).deleted)).toEqual(['a2'])
  })
  it('is cut to batchSize, and nothing is lost', () => {
    const list = Array.from({ length: 25 }, (_, index) => message(`m${index}`))
    const batches = toBatches(list, 10)
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5])
    expect(batches.flat()).toEqual(list)
  })
  it('is cut to 6 MB', () => {
    const list = Array.from({ length: 10 }, (_, index) => ({ ...message(`m${index}`), body: 'x'.repeat(1024 * 1024) }))
    for (const Records of toBatches(list, 10)) {
      expect(Buffer.byteLength(JSON.stringify({ Records }))).toBeLessThanOrEqual(MAX_EVENT_BYTES)
    }
  })
})

describe('concurrency of a queue mapping', () => {
  const queue = { arn: 'arn' } as Parameters<typeof queueMapping>[0]
  it('is maximumConcurrency, and on this machine no more than a few per core', () => {
    expect(concurrencyOf(queueMapping(queue, { maximumConcurrency: 2 }), 2)).toBe(2)
    expect(concurrencyOf(queueMapping(queue), 2)).toBe(4)
    expect(concurrencyOf(queueMapping(queue, { maximumConcurrency: 1000 }), 64)).toBe(10)
  })
})
