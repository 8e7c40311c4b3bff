/** How a commit or a command can end. */
import type { JobRequest } from '../define/job.ts'
import type { Item } from '../lib/write.ts'

/** Reference to a job that a change created, or that was merged. */
export interface JobReference {
  /** Id of the job. */
  readonly id: string
  /** Name of the job type. */
  readonly type: string
  /**
   * Whether the request was merged into a unique job that stood already, whose id this is.
   * @default - the job is new
   */
  readonly merged?: true
}

/** Result of a change that must create a record or job which exists. Nothing was written. */
export interface Conflict {
  readonly kind: 'conflict'
  /** Position of the write that met the existing item, from 0: first the records of the change, then its jobs. */
  readonly write: number
}

/** Result of a change that other transactions or throttling prevented for 5 s. Nothing was written; a retry may succeed. */
export interface Busy {
  readonly kind: 'busy'
  /** Error of DynamoDB, in one line. */
  readonly reason: string
}

/**
 * Result of a change whose answer from DynamoDB was lost, and which was not found afterwards. It may have been written, or may
 * still be written. With an idempotency key, a retry is safe and finds out. Without a key, first read what the change writes.
 */
export interface Unknown {
  readonly kind: 'unknown'
  /** Error of DynamoDB, in one line. */
  readonly reason: string
}

/** Result of a retry whose record was removed or has expired since the first request. It is not created again. */
export interface Gone {
  readonly kind: 'gone'
}

/** Result of a request whose idempotency key was used before with another input. Nothing was written. */
export interface KeyReused {
  readonly kind: 'key-reused'
}

/** Result of a request that committed nothing; after `unknown` the change may have been written. */
export type NotCommitted = Gone | KeyReused | Conflict | Busy | Unknown

/** Result of `Outbox.commit`. */
export type Committed =
  | {
      readonly kind: 'committed'
      /** Id of the change, from which the ids of its jobs are derived: a UUID. */
      readonly id: string
      /** Jobs of the change, in its order; the members of its batches come last. */
      readonly jobs: JobReference[]
      /** Ids of the batches of the change, in its order. */
      readonly batches: readonly string[]
    }
  | Conflict
  | Busy
  | Unknown

/** Result of `commit` in a route. */
export type RequestResult =
  | {
      readonly kind: 'committed'
      /** Jobs of the change, in its order, with their ids. */
      readonly jobs: readonly (JobRequest & {
        /** Id of the job. */
        readonly id: string
        /**
         * Whether the request was merged into a unique job that stood already, whose id this is.
         * @default - the job is new
         */
        readonly merged?: true
        /**
         * Status of the job that the request was merged into.
         * @default - the job is new
         */
        readonly status?: 'scheduled' | 'pending' | 'running' | 'retrying'
      })[]
      /** Ids of the batches of the change, in its order. */
      readonly batches: readonly string[]
    }
  /** Result of a retry: the same Idempotency-Key and body were committed before. */
  | {
      readonly kind: 'replayed'
      /** Record that the first request wrote first, as it is now; without records, an item with its time (`createdAt`). */
      readonly item: Item
    }
  | NotCommitted

/** Result of a command. */
export type Executed<T> =
  | {
      readonly kind: 'committed'
      /** Record that the change wrote first. */
      readonly record: T
      /** Jobs of the change, in its order. */
      readonly jobs: JobReference[]
    }
  /** Result of a retry: the same idempotency key and input were committed before. */
  | {
      readonly kind: 'replayed'
      /** Record that the first request wrote first, as it is now. */
      readonly record: T
    }
  | NotCommitted
