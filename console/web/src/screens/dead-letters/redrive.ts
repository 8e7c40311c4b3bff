/** Redrives many dead jobs, call by call, until the API says that it is complete. */
import { redriveUntilComplete } from '../../../../api-client/redrive-until-complete.ts'
import { api } from '../../api/api.ts'
import { isOutage, problemOf } from '../../api/problem.ts'
import type { DeadLetterFilter, RedriveResult } from '../../api/types.ts'

/**
 * The jobs to redrive. It always ends at the time of its count: a job that dies again meanwhile is not sent a second time, and the
 * count that was confirmed stays true.
 */
export type Target = DeadLetterFilter & { readonly until: string }

const retries = 4
const retryDelay = 1_500

/**
 * Goes on from `moved` until all is moved or `stopped` says so; tells after each call how many were moved. `idle`: the API
 * has not finished, and its last calls moved nothing.
 *
 * @throws ApiError when a call fails again and again; what was told stays true, and one can go on from there
 */
export async function redriveAll(
  target: Target,
  moved: number,
  tell: (moved: number) => void,
  stopped: () => boolean,
): Promise<'complete' | 'stopped' | 'idle'> {
  let total = moved
  return redriveUntilComplete({
    send: () => persistently(() => api.redrive(target)),
    sleep: wait,
    tell(count) {
      total += count
      tell(total)
    },
    stopped,
  })
}

/** A busy API is asked again a few times; a redrive can be repeated without harm. */
async function persistently(send: () => Promise<RedriveResult>): Promise<RedriveResult> {
  for (let left = retries; ; left--) {
    try {
      return await send()
    } catch (error) {
      if (left === 0 || !isOutage(problemOf(error))) throw error
      await wait(retryDelay)
    }
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
