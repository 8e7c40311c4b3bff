import { serverTime } from '../live/clock.ts'
import { reportAnswer, reportOutage } from '../live/connection.ts'
import { ApiError, isOutage, noAnswer, problemOfResponse } from './problem.ts'

type Query = Readonly<Record<string, string | number | undefined>>

interface Options {
  readonly query?: Query
  readonly body?: unknown
  /** Idempotency-Key. */
  readonly key?: string
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
  const { query = {}, body, key, signal, timeout = 15_000 } = options
  const url = new URL(`../${path}`, new URL('.', location.href))
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  const signals = [AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]
  const init = { method, signal: AbortSignal.any(signals), cache: 'no-store', ...sent(body, key) } as const
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

function sent(body: unknown, key: string | undefined): RequestInit {
  if (body === undefined) return {}
  const named: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...named } }
}
