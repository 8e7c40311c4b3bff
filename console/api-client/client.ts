/** The HTTP API, as the CLI and the console's server call it. */
import type { ZodType, z } from 'zod'
import type { ApiEndpoint, ApiRequest } from './endpoint.ts'
import { exit, Failure } from './failure.ts'
import { parse } from './parse.ts'
import { refusal } from './refusal.ts'
import { unreachable } from './unreachable.ts'

export interface ApiPorts {
  readonly fetch: typeof fetch
  readonly now: () => Date
  /** Rejects when the person at the terminal has had enough. */
  readonly sleep: (ms: number) => Promise<void>
  readonly signal: AbortSignal
}

export type Query = Readonly<Record<string, string | number | undefined>>

export type Api = ReturnType<typeof apiClient>

/** Longer than the gateway's own limit of 30 s, so that its answer is seen. */
const timeoutMs = 40_000
/** How often a busy API is asked again. Every POST the CLI sends can be repeated: it carries a key, or creates nothing. */
const tries = 4

export function apiClient(ports: ApiPorts, endpoint: ApiEndpoint) {
  let serverTime: Date | undefined

  async function call<S extends ZodType>(shape: S, method: string, path: string, body?: unknown, headers = {}) {
    const request = {
      method,
      path,
      headers: { accept: 'application/json', ...(body === undefined ? {} : json), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    }
    const { response, text } = await patiently(ports, endpoint, request)
    serverTime = dateOf(response) ?? serverTime
    if (!response.ok) throw refusal(response.status, text, request, endpoint)
    return understood(shape, text, request, endpoint)
  }

  return {
    endpoint,
    get: <S extends ZodType>(shape: S, path: string, query: Query = {}) => call(shape, 'GET', path + search(query)),
    post: <S extends ZodType>(shape: S, path: string, body: unknown = {}, headers?: Record<string, string>) =>
      call(shape, 'POST', path, body, headers),
    /** The API's own clock at its last answer. */
    serverTime: () => serverTime ?? ports.now(),
  }
}

/** Sends, and sends again while the API is busy. */
async function patiently(ports: ApiPorts, endpoint: ApiEndpoint, request: ApiRequest) {
  for (let attempt = 1; ; attempt++) {
    const response = await send(ports, endpoint, request)
    const text = await response.text().catch((error: unknown) => {
      throw unreachable(error, endpoint)
    })
    if ((response.status !== 503 && response.status !== 429) || attempt === tries) return { response, text }
    await ports.sleep(Math.min(Number(response.headers.get('retry-after')) || attempt, 30) * 1000)
  }
}

const json = { 'content-type': 'application/json' }

/** Sends one request, signed where the API wants to know who asks. */
export async function send(ports: ApiPorts, endpoint: ApiEndpoint, request: ApiRequest): Promise<Response> {
  const url = new URL(endpoint.url + request.path)
  // A form writes a space as a plus, which a signature has as %20: sent as it is signed.
  url.search = url.search.replaceAll('+', '%20')
  const proof = endpoint.sign ? await endpoint.sign(request, url) : {}
  try {
    return await ports.fetch(url, {
      method: request.method,
      headers: { ...request.headers, ...proof },
      body: request.body,
      // A redirect would carry the signature to somebody else.
      redirect: 'manual',
      signal: AbortSignal.any([ports.signal, AbortSignal.timeout(timeoutMs)]),
    })
  } catch (error) {
    throw unreachable(error, endpoint)
  }
}

function understood<S extends ZodType>(
  shape: S,
  text: string,
  { method, path }: ApiRequest,
  endpoint: ApiEndpoint,
): z.output<S> {
  const answer = parse(text)
  // As it came, also what this version does not know yet: `--output json` passes all of it on.
  if (shape.safeParse(answer).success) return answer as z.output<S>
  const what = `${method} ${path.split('?')[0]} on ${endpoint.url} answered something unexpected`
  throw new Failure(
    exit.refused,
    `${what}. See that it is the API of an Outbox Relay of this version, or name another with --url, --stage or --stack`,
  )
}

function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return text && `?${text}`
}

function dateOf(response: Response): Date | undefined {
  const date = new Date(response.headers.get('date') ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
