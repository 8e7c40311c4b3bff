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

/** Other transactions or throttling were in the way for five seconds: nothing was written, and the same may succeed later. */
export interface Busy {
  readonly kind: 'busy'
  readonly reason: string
}

/** How a commit ended. */
export type Committed =
  | { readonly kind: 'committed'; readonly id: string; readonly jobs: JobReference[] }
  | Conflict
  | Busy

/** How a command ended. */
export type Executed<T> =
  | { readonly kind: 'committed'; readonly record: T; readonly jobs: JobReference[] }
  /** The same key and input were committed before; `record` is what they made then. */
  | { readonly kind: 'replayed'; readonly record: T }
  /** The key was used before with another input. */
  | { readonly kind: 'misused' }
  | Conflict
  | Busy
