/** State of the API in memory. */
import type {
  Alarm,
  Batch,
  DeadLetter,
  JobDetail,
  Lane,
  LaneStats,
  Metrics,
  Schedule,
  Usage,
} from '../../../web/src/api/types.ts'

export interface FakeState {
  letters: DeadLetter[]
  jobs: JobDetail[]
  /** Pages of the list of jobs that have none, although the list goes on. */
  emptyPages: number
  /** Whether the stage has the index of all jobs. */
  hasJobIndex: boolean
  batches: Batch[]
  /** The members of each batch. */
  members: (batch: string) => readonly JobDetail[]
  depths: LaneStats[]
  lanes: Lane[]
  alarms: Alarm[]
  /** Absent: an API that has none. */
  metrics?: Metrics
  usage?: Usage
  schedules: readonly Schedule[]
  actions: { id: string; at: string; by: string; action: string; detail: string }[]
  /** Letters that one redrive call moves before its time is over. */
  perCall: number
  /** What each request is refused with, until it is taken away. */
  refuse: { readonly status: number; readonly detail: string } | undefined
  /** The same, for requests that act: the caller may only look. */
  refuseActs: { readonly status: number; readonly detail: string } | undefined
  /** Whether the groups of the dead letters are all counted. */
  groupsComplete: boolean
  /** Letters that the last redrives sent again, in order. */
  redriven: string[]
  /** `POST /jobs/…/replay {…}` */
  requests: string[]
  /** How many requests there were that only look. */
  looks: number
  /** What the API takes for the present, in ms. */
  now: number
}
