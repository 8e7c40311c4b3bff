/** An attempt of a job: what it works with, and what it holds. */
import type { Registry } from '../define/registry.ts'
import type { Services } from '../define/services.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, JobEvent, Store } from '../lib/ports.ts'
import type { Envelope } from '../outbox/envelope.ts'
import type { Effect } from './effect.ts'

export interface AttemptDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  readonly services: Services
  readonly lifetimes: { readonly outbox: number; readonly effect: number }
  readonly observe: (event: JobEvent) => void
}

/** A claimed attempt. */
export interface Attempt {
  readonly envelope: Envelope
  readonly effect: Effect
  readonly owner: string
  /** When the process will be ended, in ms since the epoch. */
  readonly deadline: number
  /** W3C trace context of the attempt, for the jobs that it causes. @default - that of the envelope */
  readonly traceparent?: string
}

/** Kept free at the end of an invocation for the commit, in ms. */
export const commitTime = 1_000
