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
  /** Who paused it: an operator as the gateway knows them, or the lane's circuit breaker. */
  readonly pausedBy?: string
  readonly pausedAt?: string
  readonly pauseReason?: string
  /** It pauses itself once so many attempts fail within so long. */
  readonly circuitBreaker?: { readonly failures: number; readonly withinSeconds: number }
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

export interface Alarm {
  readonly name: string
  readonly state: AlarmState
  readonly reason: string
  /** What it means, in a line. */
  readonly description: string
  readonly since?: string
  /** Address of the runbook's section, with its heading behind `#`. */
  readonly runbook?: string
}

/** How many jobs got so far in each period; the arrays are as long as there are periods. */
export interface LaneMetrics {
  readonly name: string
  readonly accepted: readonly number[]
  readonly started: readonly number[]
  readonly succeeded: readonly number[]
  readonly retrying: readonly number[]
  readonly dead: readonly number[]
  /** From accepted to done, over all periods. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number }
}

export interface Metrics {
  readonly since: string
  readonly until: string
  readonly periodSeconds: number
  readonly lanes: readonly LaneMetrics[]
}

export interface UsageItem {
  /** `DynamoDB` */
  readonly service: string
  readonly what: string
  readonly quantity: number
  readonly unit: string
  readonly usd: number
}

export interface Usage {
  readonly since: string
  readonly until: string
  readonly jobs: number
  readonly items: readonly UsageItem[]
  readonly usdTotal: number
  /** Absent while no job was accepted. */
  readonly usdPerMillionJobs?: number
  readonly prices: { readonly region: string; readonly date: string }
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
  readonly traceId?: string
  /** The record that was written together with it. */
  readonly record?: { readonly kind: string; readonly id: string; readonly path: string }
  /** Where more is to be seen, in other consoles. */
  readonly links?: { readonly logs?: string; readonly trace?: string; readonly record?: string }
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
  /** False where there are too many to count them all: each group is then at least as big as its count. */
  readonly groupsComplete?: boolean
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

/** Which dead letters: `error` is that of a group. */
export interface LetterFilter extends Filter {
  readonly error?: string
}
