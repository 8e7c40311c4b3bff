import { call } from './call.ts'
import type {
  Action,
  Alarm,
  DeadLetters,
  Filter,
  Job,
  Lane,
  LaneState,
  LetterFilter,
  Metrics,
  RedriveResult,
  Schedule,
  Stats,
  Usage,
} from './types.ts'

interface Page {
  readonly limit: number
  readonly cursor?: string | undefined
}

const get = <T>(path: string, signal?: AbortSignal, query: object = {}) =>
  call<T>('GET', path, { query: query as Record<string, string>, ...(signal ? { signal } : {}) })
const inPath = encodeURIComponent

/** The calls that the console makes. */
export const api = {
  stats: (signal?: AbortSignal) => get<Stats>('stats', signal),
  lanes: (signal?: AbortSignal) => get<{ lanes: readonly Lane[] }>('lanes', signal),
  switchLane: (name: string, verb: 'pause' | 'resume') =>
    call<{ name: string; state: LaneState }>('POST', `lanes/${inPath(name)}/${verb}`, { body: {} }),
  alarms: (signal?: AbortSignal) => get<{ alarms: readonly Alarm[] }>('alarms', signal),
  metrics: (minutes: number, signal?: AbortSignal) => get<Metrics>('metrics', signal, { minutes }),
  usage: (hours: number, signal?: AbortSignal) => get<Usage>('usage', signal, { hours }),
  jobs: (query: Filter & Page & { readonly status?: string | undefined }, signal?: AbortSignal) =>
    get<{ jobs: readonly Job[]; next?: string }>('jobs', signal, query),
  /** Of the record `order/0198…`; the API takes no other filter with it. */
  jobsOf: (record: string, signal?: AbortSignal) =>
    get<{ jobs: readonly Job[]; next?: string }>('jobs', signal, { record }),
  job: (id: string, signal?: AbortSignal) => get<Job>(`jobs/${inPath(id)}`, signal),
  cancel: (id: string) => call<{ id: string }>('POST', `jobs/${inPath(id)}/cancel`, { body: {} }),
  replay: (id: string) => call<{ id: string }>('POST', `jobs/${inPath(id)}/replay`, { body: {} }),
  deadLetters: (query: LetterFilter & Page, signal?: AbortSignal) => get<DeadLetters>('dead-letters', signal, query),
  redrive: (which: (LetterFilter | { readonly ids: readonly string[] }) & { readonly dryRun?: true }) =>
    call<RedriveResult>('POST', 'dead-letters/redrive', { body: which, timeout: 35_000 }),
  reconcile: () => call<object>('POST', 'reconcile', { body: {} }),
  schedules: (signal?: AbortSignal) => get<{ schedules: readonly Schedule[] }>('schedules', signal),
  actions: (query: Page, signal?: AbortSignal) =>
    get<{ actions: readonly Action[]; next?: string }>('actions', signal, query),
}
