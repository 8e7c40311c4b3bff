/** The HTTP API, as any caller has it. */
import { identityFor, type Sign } from './identity.ts'

export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

export type { ProblemBody as Problem } from '../../../functions/api/problem-schema.ts'

export type Api = ReturnType<typeof apiAt>

/** A client of the API at some URL. A body that is text or bytes is sent as it is, everything else as JSON. */
export function apiAt(url: string, sign?: Sign) {
  async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array
    const sent = body === undefined ? undefined : raw ? (body as string) : JSON.stringify(body)
    const all = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }
    const proof = await sign?.({ method, path, headers: all, body: sent }, new URL(url + path))
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...all, ...proof },
      body: sent,
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parse(text) as T } satisfies Answer<T>
  }
  return {
    url,
    call,
    get: <T>(path: string) => call<T>('GET', path),
    post: <T>(path: string, body: unknown = {}, headers?: Record<string, string>) =>
      call<T>('POST', path, body, headers),
    delete: <T>(path: string) => call<T>('DELETE', path),
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

/** The stack that this run is about. */
export const api = apiAt(process.env.API_URL ?? '', identityFor(process.env.API_URL ?? '', process.env))
