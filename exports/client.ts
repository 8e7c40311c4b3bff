/** Committing from a function of your own: `outbox-relay/client`. */
export { type OutboxOptions, outbox } from '../functions/client/connect.ts'
export type { CommitOptions, ExecuteOptions, Outbox, TransactWriteItem } from '../functions/client/outbox.ts'
export { UnknownJobError, type WaitedJob, type WaitOptions } from '../functions/client/wait.ts'
export type { JobStatus } from '../shared/execution/job-status.ts'
export type {
  Busy,
  Committed,
  Conflict,
  Executed,
  Gone,
  JobReference,
  KeyReused,
  NotCommitted,
  Unknown,
} from '../shared/outbox/command-result.ts'
