/** The decisions of a stream mapping, without clock, network or state: what goes in a batch, and what follows an answer. */
import type { StreamMapping } from '../model.ts'
import type { InvokeResult } from '../types.ts'
import { readBatchAnswer } from './partial-failures.ts'
import type { StreamRecord } from './stream-record.ts'

/** Records that are sent together, and how often they were. */
export interface Batch {
  readonly records: readonly StreamRecord[]
  /** Counts against maximumRetries. */
  readonly retriesUsed: number
  /** For the on-failure message: `approximateInvokeCount`. */
  readonly invocations: number
  /** Tries without progress since the batch took its present form: the exponent of the backoff. */
  readonly setbacks: number
}

export interface Discarded {
  readonly batch: Batch
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
  readonly functionError: boolean
}

/** What follows an invocation. Every record of the batch is in exactly one of the three. */
export interface Step {
  readonly done: readonly StreamRecord[]
  /** To send next, in this order. */
  readonly retry: readonly Batch[]
  readonly discarded?: Discarded
}

export type RetryPolicy = Pick<StreamMapping, 'reportBatchItemFailures' | 'bisectOnError' | 'maximumRetries'>

/** An invocation's event, in bytes. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024
/** `{"Records":[]}` */
const ENVELOPE_BYTES = 14

const RETENTION_SECONDS = 24 * 60 * 60

export function newBatch(records: readonly StreamRecord[]): Batch {
  return { records, retriesUsed: 0, invocations: 0, setbacks: 0 }
}

/** How many of the waiting records make the next batch, and whether it can take no more. */
export function nextBatch(
  waiting: readonly { readonly bytes: number }[],
  batchSize: number,
): { readonly count: number; readonly full: boolean } {
  let bytes = ENVELOPE_BYTES
  let count = 0
  for (const record of waiting) {
    bytes += record.bytes + 1
    if (count === batchSize || (count > 0 && bytes > MAX_EVENT_BYTES)) return { count, full: true }
    count += 1
  }
  return { count, full: count === batchSize }
}

/** The slot of an item among `slots` concurrent batches: always the same, so that no record overtakes another of its item. */
export function slotOf(itemKey: string, slots: number): number {
  let hash = 0
  for (let at = 0; at < itemKey.length; at += 1) hash = (Math.imul(hash, 31) + itemKey.charCodeAt(at)) >>> 0
  return hash % slots
}

/** Parts a batch, before it is sent, from the records that have grown too old: those are discarded unseen. */
export function withoutExpired(
  batch: Batch,
  maximumRecordAgeSeconds: number,
  now: number,
): { readonly alive?: Batch; readonly discarded?: Discarded } {
  const limit = maximumRecordAgeSeconds === -1 ? RETENTION_SECONDS : maximumRecordAgeSeconds
  const isExpired = (record: StreamRecord) => now - record.createdAt > limit * 1000
  const expired = batch.records.filter(isExpired)
  if (expired.length === 0) return { alive: batch }
  const alive = batch.records.filter((record) => !isExpired(record))
  return {
    alive: alive.length > 0 ? { ...batch, records: alive } : undefined,
    discarded: { batch: { ...batch, records: expired }, condition: 'RecordAgeExceeded', functionError: false },
  }
}

export function afterInvocation(batch: Batch, result: InvokeResult, policy: RetryPolicy): Step {
  // The function never ran: Lambda tries again for as long as the records live, and counts nothing.
  if (!result.ok && result.reason === 'throttled') {
    return { done: [], retry: [{ ...batch, setbacks: batch.setbacks + 1 }] }
  }
  const sent = { ...batch, invocations: batch.invocations + 1 }
  const outcome = readOutcome(batch.records, result, policy)
  if (outcome.kind === 'all-succeeded') return { done: batch.records, retry: [] }
  if (outcome.kind === 'all-failed') return afterFailure(sent, [], policy, !result.ok)

  const done = batch.records.slice(0, outcome.firstFailed)
  const rest = { ...sent, records: batch.records.slice(outcome.firstFailed) }
  // The split is where the function said, and like every split it costs no retry.
  if (policy.bisectOnError && done.length > 0) return { done, retry: [{ ...rest, setbacks: 0 }] }
  return retryOrDiscard(rest, done, policy, false)
}

type Outcome =
  | { readonly kind: 'all-succeeded' }
  | { readonly kind: 'all-failed' }
  | { readonly kind: 'failed-from'; readonly firstFailed: number }

function readOutcome(records: readonly StreamRecord[], result: InvokeResult, policy: RetryPolicy): Outcome {
  if (!result.ok) return { kind: 'all-failed' }
  if (!policy.reportBatchItemFailures) return { kind: 'all-succeeded' }
  const answer = readBatchAnswer(result.payload, new Set(records.map((record) => record.sequenceNumber)))
  if (answer.kind !== 'some-failed') return { kind: answer.kind }
  // Records are in stream order, so the lowest returned number is the first that was returned.
  const failed = new Set(answer.identifiers)
  return { kind: 'failed-from', firstFailed: records.findIndex((record) => failed.has(record.sequenceNumber)) }
}

function afterFailure(batch: Batch, done: readonly StreamRecord[], policy: RetryPolicy, functionError: boolean): Step {
  if (!policy.bisectOnError || batch.records.length === 1) return retryOrDiscard(batch, done, policy, functionError)
  const middle = Math.ceil(batch.records.length / 2)
  const halves = [batch.records.slice(0, middle), batch.records.slice(middle)]
  return { done, retry: halves.map((records) => ({ ...batch, records, setbacks: 0 })) }
}

function retryOrDiscard(
  batch: Batch,
  done: readonly StreamRecord[],
  policy: RetryPolicy,
  functionError: boolean,
): Step {
  if (policy.maximumRetries === -1 || batch.retriesUsed < policy.maximumRetries) {
    return { done, retry: [{ ...batch, retriesUsed: batch.retriesUsed + 1, setbacks: batch.setbacks + 1 }] }
  }
  return { done, retry: [], discarded: { batch, condition: 'RetryAttemptsExhausted', functionError } }
}
