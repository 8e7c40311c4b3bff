import type { Anchor } from '../../shared/define/application.ts'
import type { Registry } from '../../shared/define/registry.ts'
import type { Schedule } from '../../shared/define/schedule.ts'
import type { RecordReader, Secrets } from '../../shared/define/services.ts'
import type { Ids } from '../../shared/lib/id.ts'
import type { Clock, Store } from '../../shared/lib/ports.ts'
import type { FailingIndex } from '../../shared/recovery/failing-jobs.ts'
import type { RedriveDeps } from '../../shared/recovery/redrive.ts'
import type { JobLinks } from '../aws/job-links.ts'
import type { LaneControl } from '../aws/lane-control.ts'
import type { LaneDepth } from '../aws/lane-depth.ts'
import type { Monitor, Monitored } from '../aws/monitor.ts'
import type { Remember } from './cache.ts'

/** What the routes work with. Made once per process, in lambda.ts. */
export interface ApiDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  readonly schedules: readonly Schedule[]
  readonly anchors: readonly Anchor[]
  readonly links: JobLinks
  readonly records: RecordReader
  readonly secrets: Secrets
  /** Why the jobs of this stage may never post to an address; `undefined` if they may. */
  readonly addressProblem: (url: URL) => string | undefined
  readonly failing: FailingIndex
  readonly redrive: RedriveDeps
  readonly laneDepth: (lane: string) => Promise<LaneDepth>
  readonly control: LaneControl
  readonly monitor: Monitor
  readonly monitored: Monitored
  readonly remember: Remember
  /** Starts the reconciler, and does not wait for it. */
  readonly reconcile: () => Promise<void>
  /** Says in the log what an operator does. */
  readonly note: (act: { readonly by: string; readonly action: string; readonly detail: string }) => void
  /** Seconds. */
  readonly outboxLifetime: number
}
