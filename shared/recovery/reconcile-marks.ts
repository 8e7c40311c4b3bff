/**
 * Late or lost: the reconciler tells the two apart by a mark per lane. What was sent to the lane before its mark is surely
 * not in its queue any more.
 */
import { lifetimes } from '../lib/lifetimes.ts'
import type { Write } from '../lib/write.ts'

/** The wait of messages in the queue of a lane. */
export type QueueWait =
  /** `lag`: how late the relay was while it sent what waits, in ms. */
  | { readonly kind: 'empty'; readonly lag?: number }
  /** No message that waits was sent before `sentAt`, in ms since the epoch. */
  | { readonly kind: 'oldest'; readonly sentAt: number; readonly lag?: number }
  /** The queue has messages, and nothing says since when: the lane is paused, or its metrics sleep. */
  | { readonly kind: 'unknown' }
  /** SQS, Lambda or CloudWatch did not answer. */
  | { readonly kind: 'unreadable'; readonly reason: string }

/** By lane, in ms since the epoch. */
export type Marks = Readonly<Record<string, number>>

/** A job is left alone for this long after its time to run, in ms: its message may be on its way. */
export const grace = 30 * 60_000

/** The age from which a message is surely not in a queue, whatever is known of the queue. ms. */
const longestInQueue = lifetimes.queueRetention * 1_000 + grace

/** The marks of the lanes at a moment. A lane that does not tell its age is late, not empty. */
export function marksOf(waits: ReadonlyMap<string, QueueWait>, now: number): Marks {
  return Object.fromEntries([...waits].map(([lane, wait]) => [lane, markOf(wait, now)]))
}

function markOf(wait: QueueWait, now: number): number {
  const beyond = now - longestInQueue
  if (wait.kind !== 'empty' && wait.kind !== 'oldest') return beyond
  const oldest = wait.kind === 'oldest' ? Math.min(wait.sentAt, now) : now
  // A job is due before its message is sent, by as much as the relay is late.
  return Math.max(oldest - (wait.lag ?? 0) - grace, beyond)
}

/** Whether a message of this age may be gone for its age alone. */
export function isBeyondRetention(sentAt: number, now: number): boolean {
  return sentAt <= now - longestInQueue
}

/** State of the last pass through a part of the table that was read to its end. */
export interface PartState {
  readonly marks: Marks
  /** When the pass began, in ms since the epoch. */
  readonly at: number
}

/** Before the first pass every item is due for every check. */
export const unread: PartState = { marks: {}, at: Number.NEGATIVE_INFINITY }

/** Key of the state of a part, in the effects table. No job id has the shape. */
export function stateKey(part: number): { pk: string } {
  return { pk: `reconciler#${part}` }
}

/**
 * Remembers that a part was read to its end. A mark never goes back: what it has passed was checked. A lane that the
 * application does not have gets none, so that its jobs are checked in every pass until it is back.
 */
export function stateWrite(part: number, before: PartState, { marks, at }: PartState): Write {
  const later = Object.entries(marks).map(([lane, mark]) => [lane, Math.max(mark, before.marks[lane] ?? mark)])
  return {
    op: 'update',
    table: 'effects',
    key: stateKey(part),
    update: {
      text: 'SET marks = :marks, readAt = :readAt',
      values: { ':marks': { ...before.marks, ...Object.fromEntries(later) }, ':readAt': Math.max(at, before.at) },
    },
    quiet: true,
  }
}
