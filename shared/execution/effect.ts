/**
 * The effect of a job: one item with the job's state, and the guard that makes the effect happen once.
 *
 * Read next: `effect/transitions.ts`, the table of all changes of state. Every change is one conditional write; a write that
 * is refused learns why from the item it met (`effect/refusal.ts`).
 */

import type { Progress } from '../define/job-type.ts'

export type EffectState = 'running' | 'retrying' | 'succeeded' | 'dead' | 'cancelled'

/** An item of the effects table. Times are ISO 8601 UTC unless stated otherwise. */
export interface Effect {
  /** The job's id. */
  readonly pk: string
  readonly state: EffectState
  readonly type: string
  readonly lane: string
  /** When the job was written, from its envelope: distinguishes the lives of an id (`effect/lives.ts`). */
  readonly createdAt?: string
  /** The attempt that holds the lease, or held it last. A random text, never used twice. */
  readonly owner?: string
  /** Until when the owner may work, in ms since the epoch. */
  readonly leaseUntil?: number
  /** Whether the attempt shares its process with other jobs of a batch: if that dies, nobody knows which of them did it. */
  readonly shared?: boolean
  /** Before this moment, in ms since the epoch, no attempt may start: the backoff, for every message of the job. */
  readonly notBefore?: number
  /** Since when the job waits for code that knows it. */
  readonly waitingSince?: string
  /** When a call of the job was throttled for the first time in this life: for 3 days, such attempts do not count. */
  readonly throttledSince?: string
  /** Attempts started so far, over all lives of the job. */
  readonly attempts: number
  /** Attempts allowed in all; a redrive raises it. Absent until code that knows the type has claimed the job. */
  readonly budget?: number
  /** Attempts that do not count: they were lost with a process that had other jobs, and any of them may have killed it. */
  readonly givenBack?: number
  /** Number of times that the job has died. A dead letter carries the number, which distinguishes an old copy from the latest. */
  readonly deaths: number
  /** When the dead letter of the latest death was sent. Absent: the message that finds the job dead sends it. */
  readonly deadLetterAt?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly lastError?: string
  /** The job that was made of it with another payload: it never runs again. */
  readonly replayedAs?: string
  /** What the job returned as its result: JSON text. */
  readonly result?: string
  /** How far the attempt is, or was when it failed. */
  readonly progress?: Progress & { readonly at: string }
  /** Errors of the attempts; only a job that failed has any. */
  readonly failures?: readonly Failure[]
  /** `<state>#<bucket>`: partition key of the sparse index, present only while the job is failing. */
  readonly failing?: string
  /** Sort key of the index: since when the job is failing, and its id (`effect/failing.ts`). */
  readonly failingAt?: string
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/** An attempt that failed. */
export interface Failure {
  readonly attempt: number
  /** ISO 8601 UTC. */
  readonly at: string
  /** The error in one line, shortened. */
  readonly error: string
}
