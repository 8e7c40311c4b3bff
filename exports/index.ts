/** What an application is made of: `outbox-relay`. Pure; knows neither AWS nor the CDK. */
export {
  type Application,
  type ApplicationSettings,
  defineApplication,
  type JobOwner,
} from '../shared/define/application.ts'
export type { Backoff } from '../shared/define/backoff.ts'
export {
  addToBatch,
  type BatchCounts,
  batch,
  batchCounts,
  callback,
  sealBatch,
} from '../shared/define/batch.ts'
export { type Command, type CommandContext, defineCommand } from '../shared/define/command.ts'
export type { Debounce } from '../shared/define/debounce.ts'
export {
  BatchRefusedError,
  ChangeRefusedError,
  DefinitionError,
  NotDoneError,
  PermanentError,
  RetryAfterError,
} from '../shared/define/errors.ts'
export {
  defineJob,
  request,
} from '../shared/define/job.ts'
export type {
  BatchAddition,
  BatchCallback,
  BatchCreation,
  BatchMembers,
  BatchOptions,
  BatchRequest,
  BatchSeal,
  Change,
  JobChange,
  JobContext,
  JobOptions,
  JobRequest,
  JobSettings,
  JobType,
  MemberPageOptions,
  Progress,
} from '../shared/define/job-type.ts'
export { type CircuitBreaker, defineLane, type Lane } from '../shared/define/lane.ts'
export type { RateLimit } from '../shared/define/rate-limit.ts'
export type { RecordKey, RecordType } from '../shared/define/record/type.ts'
export type { Update } from '../shared/define/record/update.ts'
export {
  create,
  defineRecord,
  put,
  type RecordWrite,
  remove,
  update,
} from '../shared/define/record.ts'
export { defineSchedule, type Schedule } from '../shared/define/schedule.ts'
export type {
  EncryptionContext,
  Http,
  ListRange,
  Mail,
  Mailer,
  PartitionRange,
  Post,
  PostAnswer,
  RecordReader,
  Secrets,
  Services,
} from '../shared/define/services.ts'
export type { Unique } from '../shared/define/unique.ts'
export { bucketOf } from '../shared/lib/id.ts'
