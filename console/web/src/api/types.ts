/** What the API is asked and answers, from its own schemas. Types only: the page must not bring zod along. */
export type { FailingFilter } from '../../../../functions/api/page-schemas.ts'
export type { ProblemBody } from '../../../../functions/api/problem-schema.ts'
export type { Action, Actions, ActionsQuery } from '../../../../functions/api/routes/actions/schemas.ts'
export type { Alarm, AlarmState, Alarms } from '../../../../functions/api/routes/alarms/schemas.ts'
export type {
  Batch,
  Batches,
  BatchesQuery,
  BatchStatus,
  Members,
  MembersQuery,
} from '../../../../functions/api/routes/batches/schemas.ts'
export type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetters,
  DeadLettersQuery,
  ErrorGroup,
  RedriveInput,
  RedriveResult,
} from '../../../../functions/api/routes/dead-letters/schemas.ts'
export type {
  Job,
  JobCancelled,
  JobDetail,
  JobReceipt,
  JobStatus,
  Jobs,
  JobsQuery,
} from '../../../../functions/api/routes/jobs/schemas.ts'
export type { Lane, LaneState, LaneSwitched, Lanes } from '../../../../functions/api/routes/lanes/schemas.ts'
export type { LaneMetrics, Metrics } from '../../../../functions/api/routes/metrics/schemas.ts'
export type { Schedule, Schedules } from '../../../../functions/api/routes/schedules/schemas.ts'
export type { LaneStats, Stats } from '../../../../functions/api/routes/stats/schemas.ts'
export type { Usage, UsageItem } from '../../../../functions/api/routes/usage/schemas.ts'
