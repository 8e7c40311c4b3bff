/** A request on its way: as a URL and headers, as a curl command, and its answer. */
import { type FuzzRequest, pathParameters } from './requests.ts'

export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface FuzzAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** Longer than the API may take, in ms. */
const patience = 35_000
const longestShown = 4_000

/** @param ids that the API has given out so far */
export function prepare(
  apiUrl: string,
  { operation, method, params, query, headers, body }: FuzzRequest,
  ids: readonly string[],
): Sent {
  const names = pathParameters(operation)
  const path = names.reduce((path, name, i) => {
    const param = params[i] ?? ''
    const value = typeof param === 'string' ? param : (ids[param % Math.max(1, ids.length)] ?? 'none')
    return path.replace(`{${name}}`, () => encodeURIComponent(value.toWellFormed()))
  }, operation.path)
  const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()
  return {
    method,
    url: `${apiUrl}${path}${search ? `?${search}` : ''}`,
    headers,
    body,
  }
}

/** @throws when no answer comes in time */
export async function send({ method, url, headers, body }: Sent): Promise<FuzzAnswer> {
  const response = await fetch(url, {
    method,
    headers,
    body,
    signal: AbortSignal.timeout(patience),
  })
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}

/** The request as a person repeats it. A long body is cut, and says so. */
export function asCurl({ method, url, headers, body }: Sent): string {
  const shown =
    body !== undefined && body.length > longestShown
      ? `${body.slice(0, longestShown)}… (${body.length} characters)`
      : body
  return [
    `curl -i -X ${method} ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(shown === undefined ? [] : [`--data-raw ${quoted(shown)}`]),
  ].join(' ')
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
