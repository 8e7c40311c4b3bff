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
import type { Faults } from './faults.ts'
import type { Ending } from './process.ts'
import type { Timeline } from './timeline.ts'

export interface StreamMapping {
  /** Whether all it has seen is done, or it is off. */
  readonly isIdle: boolean
  /** A record appears in a shard of the stream. */
  put(shard: number, record: StreamRecord): void
  enable(): void
  disable(): void
}

/** Invokes the relay with some records; what it returns is its answer. */
export type Relay = (records: readonly DynamoDBRecord[]) => Promise<Ending<unknown>>

/** As infra/lanes/relay.ts sets it. */
export type MappingSettings = Pick<
  Settings,
  'batchSize' | 'parallelizationFactor' | 'maximumRetries' | 'maximumRecordAgeSeconds' | 'bisectOnError'
>

/** The stream forgets after a day. ms. */
const streamLife = 86_400_000

export function streamMapping(
  { timeline, faults }: { timeline: Timeline; faults: Faults },
  settings: MappingSettings,
  relay: Relay,
): StreamMapping {
  const policy = { ...settings, reportBatchItemFailures: true }
  const readers = new Map<string, { waiting: StreamRecord[]; batches: Batch[]; isBusy: boolean }>()
  let isEnabled = true

  const pump = (key: string) => {
    const reader = readers.get(key)
    if (!reader || reader.isBusy || !isEnabled) return
    if (reader.batches.length === 0) take(reader)
    const [next, ...later] = reader.batches
    if (!next) return
    const { alive, discarded } = withoutExpired(next, settings.maximumRecordAgeSeconds, timeline.now())
    if (discarded) faults.count('record given up', discarded.batch.records.length)
    reader.batches = later
    if (!alive) return pump(key)
    reader.isBusy = true
    send(alive).then((step) => {
      if (step.discarded) faults.count('record given up', step.discarded.batch.records.length)
      reader.batches = [...step.retry, ...reader.batches]
      const setbacks = step.retry[0]?.setbacks ?? 0
      timeline.after(setbacks === 0 ? 0 : Math.min(10_000, 200 * 2 ** setbacks), () => {
        reader.isBusy = false
        pump(key)
      })
    })
  }

  function take(reader: { waiting: StreamRecord[]; batches: Batch[] }): void {
    const kept = reader.waiting.filter(({ createdAt }) => createdAt + streamLife >= timeline.now())
    faults.count('record trimmed', reader.waiting.length - kept.length)
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
      const reader = readers.get(key) ?? { waiting: [], batches: [], isBusy: false }
      readers.set(key, reader)
      reader.waiting.push(record)
      // Lambda reads a shard four times a second.
      if (reader.waiting.length === 1) timeline.after(250 * faults.random(), () => pump(key))
    },
    enable() {
      isEnabled = true
      for (const key of readers.keys()) pump(key)
    },
    disable() {
      isEnabled = false
    },
  }
}

function resultOf(ending: Ending<unknown>): InvokeResult {
  if (ending.kind === 'returned') return { ok: true, payload: ending.value, durationMs: 0 }
  return failure(ending.kind === 'died' ? 'exit' : 'error')
}

function failure(reason: 'throttled' | 'exit' | 'error'): InvokeResult {
  return { ok: false, reason, errorType: reason, errorMessage: '', durationMs: 0 }
}
