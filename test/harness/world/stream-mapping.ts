/** Between the outbox's stream and a relay: what Lambda's pollers do, by the rules that the local stack follows too. */
import type { DynamoDBRecord } from 'aws-lambda'
import {
  afterInvocation,
  type Batch,
  newBatch,
  type Step,
  slotOf,
  withoutExpired,
} from '../../../local/mappings/stream-plan.ts'
import type { StreamRecord } from '../../../local/mappings/stream-record.ts'
import type { StreamMapping as Settings } from '../../../local/model.ts'
import type { InvokeResult } from '../../../local/types.ts'
import type { Faults, Mishap } from './faults.ts'
import type { Ending } from './process.ts'
import type { Timeline } from './timeline.ts'

export interface StreamMapping {
  /** Whether all it has seen is done, or it is off. */
  readonly isIdle: boolean
  /** Whether it has records, and nobody is at work on those that come first. */
  readonly isReady: boolean
  /** A record appears in a shard of the stream. */
  put(shard: number, record: StreamRecord): void
  enable(): void
  disable(): void
  /** Reads now, and invokes the relay. */
  poll(): void
  /** Whether it has a record of the item with a sort key. */
  has(sk: string): boolean
  /** The stream forgets: all records, or those of an item. Returns the sort keys of their items. */
  forget(sk?: string): readonly string[]
}

/** Invokes the relay with some records; what it returns is its answer. */
export type Relay = (records: readonly DynamoDBRecord[]) => Promise<Ending<unknown>>

/** As infra/lanes/relay.ts sets it. */
export type MappingSettings = Pick<
  Settings,
  'batchSize' | 'parallelizationFactor' | 'maximumRetries' | 'maximumRecordAgeSeconds' | 'bisectOnError'
> & {
  /** Whether it polls by itself, as in life. */
  readonly isAutomatic: boolean
  /** Told of the sort key of an item whose record became too old. */
  readonly gaveUp?: (sk: string) => void
}

interface Reader {
  waiting: StreamRecord[]
  batches: Batch[]
  /** What the relay is at work on. */
  sent: readonly StreamRecord[]
  isBusy: boolean
}

/** The stream forgets after a day. ms. */
const streamLife = 86_400_000

export function streamMapping(
  { timeline, faults }: { timeline: Timeline; faults: Faults },
  settings: MappingSettings,
  relay: Relay,
): StreamMapping {
  const policy = { ...settings, reportBatchItemFailures: true }
  const readers = new Map<string, Reader>()
  let isEnabled = true

  const giveUp = (why: Mishap, records: readonly StreamRecord[]) => {
    faults.count(why, records.length)
    for (const record of records) settings.gaveUp?.(sortKeyOf(record))
  }
  const pump = (key: string) => {
    const reader = readers.get(key)
    if (!reader || reader.isBusy || !isEnabled) return
    if (reader.batches.length === 0) take(reader)
    const [next, ...later] = reader.batches
    if (!next) return
    const { alive, discarded } = withoutExpired(next, settings.maximumRecordAgeSeconds, timeline.now())
    if (discarded) giveUp('record given up', discarded.batch.records)
    reader.batches = later
    if (!alive) return pump(key)
    reader.isBusy = true
    reader.sent = alive.records
    send(alive).then((step) => {
      reader.sent = []
      if (step.discarded) giveUp('record given up', step.discarded.batch.records)
      reader.batches = [...step.retry, ...reader.batches]
      const setbacks = step.retry[0]?.setbacks ?? 0
      timeline.after(setbacks === 0 ? 0 : Math.min(10_000, 200 * 2 ** setbacks), () => {
        reader.isBusy = false
        if (settings.isAutomatic) pump(key)
      })
    })
  }

  function take(reader: Reader): void {
    const kept = reader.waiting.filter(({ createdAt }) => createdAt + streamLife >= timeline.now())
    giveUp(
      'record trimmed',
      reader.waiting.filter((record) => !kept.includes(record)),
    )
    reader.waiting = kept
    const records = reader.waiting.splice(0, settings.batchSize)
    if (records.length > 0) reader.batches = [newBatch(records)]
  }

  async function send(batch: Batch): Promise<Step> {
    const throttled = faults.happens('invocation throttled')
    const result = throttled
      ? failure('throttled')
      : resultOf(await relay(batch.records.map(({ event }) => event as DynamoDBRecord)))
    return afterInvocation(batch, result, policy)
  }

  return {
    get isIdle() {
      return (
        !isEnabled ||
        [...readers.values()].every(({ isBusy, waiting, batches }) => !isBusy && waiting.length + batches.length === 0)
      )
    },
    put(shard, record) {
      const key = `${shard}/${slotOf(record.itemKey, settings.parallelizationFactor)}`
      const reader = readers.get(key) ?? { waiting: [], batches: [], sent: [], isBusy: false }
      readers.set(key, reader)
      reader.waiting.push(record)
      // Lambda reads a shard four times a second.
      if (settings.isAutomatic && reader.waiting.length === 1) timeline.after(250 * faults.random(), () => pump(key))
    },
    enable() {
      isEnabled = true
      for (const key of readers.keys()) pump(key)
    },
    disable() {
      isEnabled = false
    },
    get isReady() {
      return [...readers.values()].some(
        ({ isBusy, waiting, batches }) => !isBusy && waiting.length + batches.length > 0,
      )
    },
    poll() {
      for (const key of readers.keys()) pump(key)
    },
    has: (sk) => [...readers.values()].some((reader) => recordsOf(reader).some((record) => sortKeyOf(record) === sk)),
    forget(sk) {
      const isForgotten = (record: StreamRecord) => sk === undefined || sortKeyOf(record) === sk
      return [...readers.values()].flatMap((reader) => {
        const { sent, ...rest } = reader
        const forgotten = recordsOf({ ...rest, sent: [] }).filter(isForgotten)
        reader.waiting = reader.waiting.filter((record) => !isForgotten(record))
        reader.batches = reader.batches
          .map((batch) => ({ ...batch, records: batch.records.filter((record) => !isForgotten(record)) }))
          .filter(({ records }) => records.length > 0)
        return forgotten.map(sortKeyOf)
      })
    },
  }
}

const sortKeyOf = ({ itemKey }: StreamRecord) => itemKey.slice(itemKey.indexOf('/') + 1)

const recordsOf = ({ sent, batches, waiting }: Reader) => [
  ...sent,
  ...batches.flatMap(({ records }) => records),
  ...waiting,
]

function resultOf(ending: Ending<unknown>): InvokeResult {
  if (ending.kind === 'returned') return { ok: true, payload: ending.value, durationMs: 0 }
  return failure(ending.kind === 'died' ? 'exit' : 'error')
}

function failure(reason: 'throttled' | 'exit' | 'error'): InvokeResult {
  return { ok: false, reason, errorType: reason, errorMessage: '', durationMs: 0 }
}
