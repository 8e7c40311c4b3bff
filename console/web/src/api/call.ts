import { serverTime } from '../live/clock.ts'
import { reportAnswer, reportOutage } from '../live/connection.ts'
import { ApiError, isOutage, noAnswer, problemOfResponse } from './problem.ts'

type Query = Readonly<Record<string, string | number | undefined>>

interface Options {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** ms */
  readonly timeout?: number
}

/**
 * One call of the API. The page lies at `…/console/`, the API one level above it.
 *
 * @throws ApiError for anything but a success, and an AbortError when `signal` says so
 */
export async function call<T>(method: 'GET' | 'POST', path: string, options: Options = {}): Promise<T> {
  const { query = {}, body, signal, timeout = 15_000 } = options
  const url = new URL(`../${path}`, new URL('.', location.href))
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  const signals = [AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]
  const init: RequestInit = { method, signal: AbortSignal.any(signals), cache: 'no-store' }
  if (body !== undefined)
    Object.assign(init, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  try {
    const response = await fetch(url, init)
    serverTime(response.headers.get('date'))
    if (!response.ok) throw new ApiError(await problemOfResponse(response, method))
    const answer = (await response.json()) as T
    reportAnswer()
    return answer
  } catch (error) {
    if (signal?.aborted) throw error
    const known = error instanceof ApiError ? error : new ApiError(noAnswer(error))
    if (isOutage(known.problem)) reportOutage(known.problem)
    else reportAnswer()
    throw known
  }
}
