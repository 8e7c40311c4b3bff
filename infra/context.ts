import type { Stage } from './config/stage-config.ts'
import type { AlarmSet } from './monitoring/alarm-set.ts'
import type { Scheduler } from './scheduling/scheduler.ts'
import type { SecretsKey } from './storage/secrets-key.ts'
import type { Tables } from './storage/tables.ts'

/** What all constructs of one outbox share. Each construct gets it as its third argument. */
export interface OutboxContext {
  readonly stage: Stage
  readonly tables: Tables
  readonly alarms: AlarmSet
  readonly secrets: SecretsKey
  readonly scheduler: Scheduler
  /** Whether a job type of the stage is unique or debounced. Otherwise no function may use unique keys. */
  readonly hasUniqueJobs: boolean
  /** Whether a job type of the stage is debounced. Otherwise no request may change a job that waits. */
  readonly hasDebouncedJobs: boolean
}
