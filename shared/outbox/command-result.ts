/** How a commit or a command can end. */
import type { JobRequest } from '../define/job.ts'
import type { Item } from '../lib/write.ts'

/** A job that was caused. */
export interface JobReference {
  readonly id: string
  readonly type: string
}

/** A record that must be new exists, and nothing was written. `write` is its index in the change, records first. */
export interface Conflict {
  readonly kind: 'conflict'
  readonly write: number
}

/** Other transactions or throttling were in the way for five seconds. Nothing was written, and a retry may succeed. */
export interface Busy {
  readonly kind: 'busy'
  readonly reason: string
}

/**
 * An answer of DynamoDB was lost, and the change was not found afterwards: it may have been written, and may still be
 * written. With a key, a retry is harmless and finds out. Without a key, look for what the change should have written.
 */
export interface Unknown {
  readonly kind: 'unknown'
  readonly reason: string
}

/** The same key and input were committed before, and the record that they created is gone. It is not created again. */
export interface Gone {
  readonly kind: 'gone'
}

/** The key was used before with another input. */
export interface KeyReused {
  readonly kind: 'key-reused'
}

/** Results of a request that committed nothing. */
export type NotCommitted = Gone | KeyReused | Conflict | Busy | Unknown

/** The result of a commit without a key. */
export type Committed =
  | { readonly kind: 'committed'; readonly id: string; readonly jobs: JobReference[] }
  | Conflict
  | Busy
  | Unknown

/** The result of a request that committed a change. */
export type RequestResult =
  | { readonly kind: 'committed'; readonly jobs: readonly (JobRequest & { readonly id: string })[] }
  /** The same request was committed before. `item` is the record that it wrote first, or the item that proves its jobs (`createdAt`). */
  | { readonly kind: 'replayed'; readonly item: Item }
  | NotCommitted

/** The result of a command. */
export type Executed<T> =
  | { readonly kind: 'committed'; readonly record: T; readonly jobs: JobReference[] }
  /** The same key and input were committed before. `record` is what they created then. */
  | { readonly kind: 'replayed'; readonly record: T }
  | NotCommitted
