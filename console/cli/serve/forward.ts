import { type ApiPorts, send } from '../../api-client/client.ts'
import type { ApiEndpoint } from '../../api-client/endpoint.ts'
import { exit, Failure } from '../../api-client/failure.ts'
import { refusal } from '../../api-client/refusal.ts'
import { type Answer, problem } from './answer.ts'

export interface Incoming {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

const there = ['accept', 'content-type', 'idempotency-key', 'traceparent']
const back = ['content-type', 'cache-control', 'date', 'location', 'retry-after', 'idempotency-replayed']

/** Passes a request of the page on to the API, as the operator; of its headers only those that the API reads. */
export async function forward(incoming: Incoming, endpoint: ApiEndpoint, ports: ApiPorts): Promise<Answer> {
  const headers = pick(there, (name) => incoming.headers[name])
  const { method, path, body } = incoming
  const request = { method, path, headers, body: body || undefined }
  try {
    const response = await send(ports, endpoint, request)
    const text = await response.text()
    if (response.status === 401 || response.status === 403)
      return problem(response.status, refusal(response.status, text, request, endpoint).message)
    return {
      status: response.status,
      headers: pick(back, (name) => response.headers.get(name) ?? undefined),
      body: text,
    }
  } catch (error) {
    if (!(error instanceof Failure)) return problem(502, `The API at ${endpoint.url} broke off its answer.`)
    return problem(error.exit === exit.notAllowed ? 401 : 502, error.message)
  }
}

function pick(names: readonly string[], value: (name: string) => string | undefined): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (value(name) === undefined ? [] : [[name, value(name) ?? '']])))
}
