/** What an application is made of: `outbox-relay`. Pure; knows neither AWS nor the CDK. */
export { type Anchor, type Application, type ApplicationSettings, defineApplication } from '../shared/application.ts'
export type { Backoff } from '../shared/backoff.ts'
export type { Change } from '../shared/change.ts'
export { type Command, type CommandContext, defineCommand } from '../shared/command.ts'
export { ChangeRefusedError, DefinitionError, NotDoneError, PermanentError } from '../shared/errors.ts'
export {
  defineJob,
  type JobContext,
  type JobOptions,
  type JobRequest,
  type JobSettings,
  type JobType,
  request,
} from '../shared/job.ts'
export { type CircuitBreaker, defineLane, type Lane } from '../shared/lane.ts'
export {
  create,
  defineRecord,
  put,
  type RecordKey,
  type RecordType,
  type RecordWrite,
  remove,
  type Update,
  update,
} from '../shared/record.ts'
export { defineSchedule, type Schedule } from '../shared/schedule.ts'
export type {
  Binding,
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
} from '../shared/services.ts'
