/** What the API answers, as far as the console shows it. Times are ISO 8601 UTC. */
export const jobStates = ['scheduled', 'pending', 'running', 'retrying', 'succeeded', 'dead', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]
export type LaneState = 'running' | 'paused' | 'changing'

export interface LaneDepth {
  readonly name: string
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
  readonly dead: number
  readonly oldestAgeSeconds?: number
}

export interface Stats {
  readonly lanes: readonly LaneDepth[]
  readonly jobs: { readonly retrying: number; readonly dead: number }
}

export interface Lane {
  readonly name: string
  readonly kind: 'standard' | 'ordered'
  readonly state: LaneState
}

export interface Failure {
  readonly attempt: number
  readonly at: string
  readonly error: string
}

export interface Job {
  readonly id: string
  readonly type: string
  readonly status: JobState
  readonly lane: string
  readonly group?: string
  readonly tenant?: string
  readonly attempts: number
  readonly maxAttempts: number
  readonly createdAt: string
  readonly runAt?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly lastError?: string
  readonly failures?: readonly Failure[]
  readonly traceparent?: string
  readonly payload: unknown
}

export interface DeadLetter {
  readonly id: string
  readonly type: string
  readonly lane: string
  readonly error: string
  readonly attempts: number
  readonly diedAt: string
}

export interface ErrorGroup {
  readonly type: string
  /** Without what differs from one job to the next. */
  readonly error: string
  readonly count: number
}

export interface DeadLetters {
  readonly deadLetters: readonly DeadLetter[]
  readonly groups: readonly ErrorGroup[]
  readonly next?: string
}

export interface RedriveResult {
  readonly matched: number
  readonly moved: number
  readonly complete: boolean
}

export interface Schedule {
  readonly name: string
  readonly expression: string
  readonly timezone: string
  readonly type: string
  readonly next?: string
}

export interface Action {
  readonly id: string
  readonly at: string
  readonly by: string
  readonly action: string
  readonly detail?: unknown
}

/** Which jobs in trouble. `since` is inclusive, `until` is not. */
export interface Filter {
  readonly type?: string
  readonly since?: string
  readonly until?: string
}
