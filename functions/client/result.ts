/** A job that was caused. */
export interface JobReference {
  readonly id: string
  readonly type: string
}

/** A record that must be new exists: nothing was written. `write` is its place in the change, records first. */
export interface Conflict {
  readonly kind: 'conflict'
  readonly write: number
}

/** Other transactions or throttling were in the way for five seconds: surely nothing was written, and the same may succeed later. */
export interface Busy {
  readonly kind: 'busy'
  readonly reason: string
}

/**
 * An answer of DynamoDB was lost, and the change was not to be found then: it may have been written, and may be written
 * yet. With a key the same again is harmless, and tells; without one, look for what it should have written first.
 */
export interface Unknown {
  readonly kind: 'unknown'
  readonly reason: string
}

/** How a commit ended. */
export type Committed =
  | { readonly kind: 'committed'; readonly id: string; readonly jobs: JobReference[] }
  | Conflict
  | Busy
  | Unknown

/** How a command ended. */
export type Executed<T> =
  | { readonly kind: 'committed'; readonly record: T; readonly jobs: JobReference[] }
  /** The same key and input were committed before; `record` is what they made then. */
  | { readonly kind: 'replayed'; readonly record: T }
  /** The same key and input were committed before, and the record that they made is gone. It is not made again. */
  | { readonly kind: 'gone' }
  /** The key was used before with another input. */
  | { readonly kind: 'misused' }
  | Conflict
  | Busy
  | Unknown
