import { call } from './call.ts'
import type {
  Actions,
  ActionsQuery,
  Alarms,
  Batch,
  Batches,
  BatchesQuery,
  DeadLetters,
  DeadLettersQuery,
  JobCancelled,
  JobDetail,
  JobReceipt,
  Jobs,
  JobsQuery,
  LaneSwitched,
  Lanes,
  Members,
  MembersQuery,
  Metrics,
  RedriveInput,
  RedriveResult,
  Schedules,
  Stats,
  Usage,
} from './types.ts'

const get = <T>(path: string, signal?: AbortSignal, query: object = {}) =>
  call<T>('GET', path, { query: query as Record<string, string>, signal })
const inPath = encodeURIComponent

/** The calls that the console makes. */
export const api = {
  stats: (signal?: AbortSignal) => get<Stats>('stats', signal),
  lanes: (signal?: AbortSignal) => get<Lanes>('lanes', signal),
  switchLane: (name: string, verb: 'pause' | 'resume') =>
    call<LaneSwitched>('POST', `lanes/${inPath(name)}/${verb}`, { body: {} }),
  alarms: (signal?: AbortSignal) => get<Alarms>('alarms', signal),
  metrics: (minutes: number, signal?: AbortSignal) => get<Metrics>('metrics', signal, { minutes }),
  usage: (hours: number, signal?: AbortSignal) => get<Usage>('usage', signal, { hours }),
  jobs: (query: JobsQuery, signal?: AbortSignal) => get<Jobs>('jobs', signal, query),
  /** Of the record `order/0198…`; the API takes no other filter with it. */
  jobsOf: (record: string, signal?: AbortSignal) => get<Jobs>('jobs', signal, { record }),
  job: (id: string, signal?: AbortSignal) => get<JobDetail>(`jobs/${inPath(id)}`, signal),
  cancel: (id: string) => call<JobCancelled>('POST', `jobs/${inPath(id)}/cancel`, { body: {} }),
  replay: (id: string) => call<JobReceipt>('POST', `jobs/${inPath(id)}/replay`, { body: {} }),
  replayEdited: (id: string, payload: unknown, key: string) =>
    call<JobReceipt>('POST', `jobs/${inPath(id)}/replay`, { body: { payload }, key }),
  batches: (query: BatchesQuery, signal?: AbortSignal) => get<Batches>('batches', signal, query),
  batch: (id: string, signal?: AbortSignal) => get<Batch>(`batches/${inPath(id)}`, signal),
  members: (id: string, query: MembersQuery, signal?: AbortSignal) =>
    get<Members>(`batches/${inPath(id)}/jobs`, signal, query),
  seal: (id: string) => call<Batch>('POST', `batches/${inPath(id)}/seal`, { body: {} }),
  deadLetters: (query: DeadLettersQuery, signal?: AbortSignal) => get<DeadLetters>('dead-letters', signal, query),
  redrive: (which: RedriveInput) =>
    call<RedriveResult>('POST', 'dead-letters/redrive', { body: which, timeout: 35_000 }),
  reconcile: () => call<object>('POST', 'reconcile', { body: {} }),
  schedules: (signal?: AbortSignal) => get<Schedules>('schedules', signal),
  actions: (query: ActionsQuery, signal?: AbortSignal) => get<Actions>('actions', signal, query),
}
