/** Redrives many dead letters, call by call, until none that was counted is left. */
import { api } from '../../api/api.ts'
import { isOutage, problemOf } from '../../api/problem.ts'
import type { Filter, RedriveResult } from '../../api/types.ts'

/**
 * Which letters. A filter always ends at the time of its count: a job that dies again meanwhile is not sent a second time,
 * and the count that was confirmed stays true.
 */
export type Target =
  | { readonly kind: 'filter'; readonly filter: Filter & { readonly until: string } }
  | { readonly kind: 'ids'; readonly ids: readonly string[] }

export interface Progress {
  readonly moved: number
  /** Ids that were asked for already. */
  readonly done: number
}

/** Ids in one call: few enough for the API to end in its time. */
const batch = 100
/** Calls in a row that move nothing, after which going on makes no sense. */
const idleCalls = 3
const retries = 4
const retryDelay = 1_500

/**
 * Goes on from `start` until all is moved or `stopped` says so; tells after each call.
 *
 * @throws ApiError when a call fails again and again; what was told stays true, and one can go on from there
 */
export async function redriveAll(
  target: Target,
  start: Progress,
  tell: (progress: Progress) => void,
  stopped: () => boolean,
): Promise<'complete' | 'stopped'> {
  return target.kind === 'ids' ? byIds(target.ids, start, tell, stopped) : byFilter(target.filter, start, tell, stopped)
}

async function byFilter(
  filter: Filter,
  start: Progress,
  tell: (progress: Progress) => void,
  stopped: () => boolean,
): Promise<'complete' | 'stopped'> {
  let { moved } = start
  let idle = 0
  while (!stopped()) {
    const result = await persistently(() => api.redrive(filter))
    moved += result.moved
    tell({ moved, done: moved })
    idle = result.moved === 0 ? idle + 1 : 0
    if (result.complete || idle >= idleCalls) return 'complete'
  }
  return 'stopped'
}

async function byIds(
  ids: readonly string[],
  start: Progress,
  tell: (progress: Progress) => void,
  stopped: () => boolean,
): Promise<'complete' | 'stopped'> {
  let { moved, done } = start
  while (done < ids.length) {
    if (stopped()) return 'stopped'
    const some = ids.slice(done, done + batch)
    const result = await persistently(() => api.redrive({ ids: some }))
    moved += result.moved
    done += some.length
    tell({ moved, done })
  }
  return 'complete'
}

/** A busy API is asked again a few times; a redrive can be repeated without harm. */
async function persistently(send: () => Promise<RedriveResult>): Promise<RedriveResult> {
  for (let left = retries; ; left--) {
    try {
      return await send()
    } catch (error) {
      if (left === 0 || !isOutage(problemOf(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, retryDelay))
    }
  }
}
