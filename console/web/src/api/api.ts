import { call } from './call.ts'
import type { Action, DeadLetters, Filter, Job, Lane, LaneState, RedriveResult, Schedule, Stats } from './types.ts'

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
  jobs: (query: Filter & Page & { readonly status?: string | undefined }, signal?: AbortSignal) =>
    get<{ jobs: readonly Job[]; next?: string }>('jobs', signal, query),
  job: (id: string, signal?: AbortSignal) => get<Job>(`jobs/${inPath(id)}`, signal),
  cancel: (id: string) => call<{ id: string }>('POST', `jobs/${inPath(id)}/cancel`, { body: {} }),
  replay: (id: string) => call<{ id: string }>('POST', `jobs/${inPath(id)}/replay`, { body: {} }),
  deadLetters: (query: Filter & Page, signal?: AbortSignal) => get<DeadLetters>('dead-letters', signal, query),
  redrive: (which: (Filter | { readonly ids: readonly string[] }) & { readonly dryRun?: true }) =>
    call<RedriveResult>('POST', 'dead-letters/redrive', { body: which, timeout: 35_000 }),
  reconcile: () => call<object>('POST', 'reconcile', { body: {} }),
  schedules: (signal?: AbortSignal) => get<{ schedules: readonly Schedule[] }>('schedules', signal),
  actions: (query: Page, signal?: AbortSignal) =>
    get<{ actions: readonly Action[]; next?: string }>('actions', signal, query),
}
