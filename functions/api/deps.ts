/** What the routes work with. */
import type { ZodType, z } from 'zod'
import type { BatchIndex } from '../../shared/batch/batch-pages.ts'
import type { JobOwner } from '../../shared/define/application.ts'
import type { Command } from '../../shared/define/command.ts'
import type { Schedule } from '../../shared/define/schedule.ts'
import type { RecordReader, Secrets } from '../../shared/define/services.ts'
import type { AheadDeps } from '../../shared/execution/group-ahead.ts'
import type { Change } from '../../shared/outbox/change.ts'
import type { Executed, RequestResult } from '../../shared/outbox/command-result.ts'
import type { ExecuteDeps } from '../../shared/outbox/execute-command.ts'
import type { FailingIndex } from '../../shared/recovery/failing-jobs.ts'
import type { JobListDeps } from '../../shared/recovery/job-list.ts'
import type { RedriveDeps } from '../../shared/recovery/redrive.ts'
import type { JobLinks } from '../aws/job-links.ts'
import type { LaneControl } from '../aws/lane-control.ts'
import type { LaneDepth } from '../aws/lane-depth.ts'
import type { Monitor, Monitored } from '../aws/monitor.ts'
import type { Tracing } from '../aws/tracing/tracing.ts'
import type { Authorization } from './access.ts'
import type { Cache } from './cache.ts'

/** Services of a route's handler. */
export interface RouteServices {
  /** Reader of the records table. */
  readonly records: RecordReader
  /** Encryption of secrets that are stored in records. */
  readonly secrets: Secrets
  /** Returns the reason why the jobs of this stage cannot post to a URL; `undefined` if they can. */
  addressProblem(url: URL): string | undefined
  /**
   * Executes a command for this request. The route needs `idempotent: true`, so that a retry with the same Idempotency-Key
   * executes it at most once.
   *
   * @param input input of the command, parsed
   * @throws ChangeRefusedError when its change can never be committed; the router answers 422
   */
  execute<S extends ZodType, T extends object>(command: Command<S, T>, input: z.output<S>): Promise<Executed<T>>
  /**
   * Commits a change for this request. The route needs `idempotent: true`, so that a retry with the same Idempotency-Key
   * commits it at most once.
   *
   * @throws ChangeRefusedError when the change can never be committed; the router answers 422
   */
  commit(change: Change): Promise<RequestResult>
}

/** What the routes for operators may use. */
export type OperatorServices = RouteServices & ApiDeps

/** What lists of jobs are read with. */
export type JobListing = Omit<JobListDeps, 'registry' | 'now'>

/** What the API is made with, once per process. */
export interface ApiDeps extends ExecuteDeps, RedriveDeps, Pick<RouteServices, 'secrets' | 'addressProblem'> {
  readonly authorization: Authorization
  readonly schedules: readonly Schedule[]
  readonly jobOwners: readonly JobOwner[]
  readonly links: JobLinks
  readonly failing: FailingIndex
  readonly batches: BatchIndex
  readonly listing: JobListing
  /** Jobs of a group, those that were written last. */
  readonly groupJobs: AheadDeps['groupJobs']
  readonly laneDepth: (lane: string) => Promise<LaneDepth>
  readonly control: LaneControl
  readonly monitor: Monitor
  readonly monitored: Monitored
  readonly cache: Cache
  /** Starts the reconciler, and does not wait for it. */
  readonly reconcile: () => Promise<void>
  /** Logs an action of an operator. */
  readonly logAction: (action: { readonly by: string; readonly action: string; readonly detail: string }) => void
  /** Answers a request in a span. @default - requests are not traced */
  readonly trace?: Tracing['request']
}
