/** Committing from a function of your own: `outbox-relay/client`. */
export { type OutboxOptions, outbox } from '../functions/client/connect.ts'
export type { CommitOptions, ExecuteOptions, Outbox, TransactWriteItem } from '../functions/client/outbox.ts'
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
