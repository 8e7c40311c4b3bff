/** The status of a batch, and its callbacks. */
import type { Item } from '../lib/write.ts'
import type { BatchItem } from './items.ts'

/**
 * `open`: takes more members. `running`: some member has not ended. `finished`: every member has ended, and some are dead or
 * cancelled. `succeeded`: every member has succeeded.
 */
export const batchStatuses = ['open', 'running', 'finished', 'succeeded'] as const
export type BatchStatus = (typeof batchStatuses)[number]

export function batchStatus({ sealedAt, finishedAt, succeededAt }: BatchItem): BatchStatus {
  if (succeededAt !== undefined) return 'succeeded'
  if (finishedAt !== undefined) return 'finished'
  return sealedAt === undefined ? 'open' : 'running'
}

/** A callback of a batch. */
export interface CallbackView {
  readonly event: 'finished' | 'succeeded'
  /** Id that its job has, or will have. */
  readonly id: string
  readonly type: string
  /** When the batch caused it, ISO 8601 UTC. */
  readonly causedAt?: string
}

/** The callbacks of a batch, caused or not. */
export function callbacksOf({ onFinished, onSucceeded, finishedAt, succeededAt }: BatchItem): CallbackView[] {
  return [...viewOf('finished', onFinished, finishedAt), ...viewOf('succeeded', onSucceeded, succeededAt)]
}

/** A callback that cannot be read must not take a list of batches away from its readers. */
function itemIn(stored: string): Item {
  try {
    return JSON.parse(stored)
  } catch {
    return {}
  }
}

function viewOf(
  event: CallbackView['event'],
  stored: string | undefined,
  causedAt: string | undefined,
): CallbackView[] {
  if (stored === undefined) return []
  const { id = '', type = '' } = itemIn(stored)
  return [{ event, id: String(id), type: String(type), ...(causedAt === undefined ? {} : { causedAt }) }]
}
