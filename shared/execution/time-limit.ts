/** The time limit of a job. */
import { TimeLimitError } from '../define/errors.ts'
import type { JobType } from '../define/job.ts'

/**
 * Gives a job its time limit: the signal first, and if it does not heed it, it is left behind; what it returns then is dropped.
 *
 * @param left what is left of the invocation, in ms: no attempt outlives its process
 * @param run gets the signal, and a function that aborts it before the time is over
 */
export async function withTimeLimit<T>(
  type: JobType,
  left: number,
  run: (signal: AbortSignal, abort: (reason: Error) => void) => Promise<T> | T,
): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = new TimeLimitError(type.type, type.timeLimitSeconds)
        reject(error)
        controller.abort(error)
      },
      Math.min(type.timeLimitSeconds * 1000, left),
    )
  })
  try {
    return await Promise.race([run(controller.signal, (reason) => controller.abort(reason)), over])
  } finally {
    clearTimeout(timer)
  }
}
