/** The decisions of a queue mapping, without clock, network or state. */
import type { InvokeResult } from '../types.ts'
import { readBatchAnswer } from './partial-failures.ts'
import type { QueueRecord } from './queue-event.ts'
import { nextBatch } from './stream-plan.ts'

export interface Settlement {
  readonly deleted: readonly QueueRecord[]
  /** Left alone until their visibility timeout ends. */
  readonly kept: readonly QueueRecord[]
  /** Why, for the person at the terminal; absent when all is well. */
  readonly news?: string
}

/** What happens to the messages of a batch after its invocation. */
export function settle(
  records: readonly QueueRecord[],
  result: InvokeResult,
  { reportBatchItemFailures }: { readonly reportBatchItemFailures: boolean },
): Settlement {
  if (!result.ok) return { deleted: [], kept: records }
  if (!reportBatchItemFailures) return { deleted: records, kept: [] }
  const answer = readBatchAnswer(result.payload, new Set(records.map((record) => record.messageId)))
  if (answer.kind === 'all-succeeded') return { deleted: records, kept: [] }
  if (answer.kind === 'all-failed') return { deleted: [], kept: records, news: answer.why }
  return keepFailed(records, new Set(answer.identifiers))
}

/** A failed message of a FIFO group holds back the later ones of its group, else they would overtake it. */
function keepFailed(records: readonly QueueRecord[], failed: ReadonlySet<string>): Settlement {
  const blockedGroups = new Set<string>()
  const heldBack: string[] = []
  const { deleted = [], kept = [] } = Object.groupBy(records, ({ messageId, attributes }) => {
    const group = isFifo(attributes) ? attributes.MessageGroupId : undefined
    if (failed.has(messageId)) {
      if (group !== undefined) blockedGroups.add(group)
      return 'kept'
    }
    if (group === undefined || !blockedGroups.has(group)) return 'deleted'
    heldBack.push(messageId)
    return 'kept'
  })
  return {
    deleted,
    kept,
    ...(heldBack.length > 0 && {
      news: `held back ${heldBack.join(', ')}, which came after a failed message of the same group; report them as failed too: AWS does not promise to hold them`,
    }),
  }
}

/** Only messages of a FIFO queue carry a number; a standard queue's group (fair queue) has no order. */
function isFifo(attributes: QueueRecord['attributes']): boolean {
  return attributes.SequenceNumber !== undefined
}

/** Cuts messages into batches that respect the batch size and the 6 MB of an invocation. */
export function toBatches(records: readonly QueueRecord[], batchSize: number): readonly (readonly QueueRecord[])[] {
  const batches: (readonly QueueRecord[])[] = []
  const sized = records.map((record) => ({ record, bytes: sizeOf(record) }))
  while (sized.length > 0) {
    const taken = sized.splice(0, nextBatch(sized, batchSize).count)
    batches.push(taken.map(({ record }) => record))
  }
  return batches
}

/** Whether nothing more fits into the batch that is being gathered. */
export function isFull(records: readonly QueueRecord[], batchSize: number): boolean {
  return nextBatch(
    records.map((record) => ({ bytes: sizeOf(record) })),
    batchSize,
  ).full
}

function sizeOf(record: QueueRecord): number {
  return Buffer.byteLength(JSON.stringify(record))
}
