/** A request, read as its route declares it. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { ZodType } from 'zod'
import type { Ids } from '../../shared/lib/id.ts'
import { idempotentRetry } from '../../shared/lib/names.ts'
import type { Clock } from '../../shared/lib/ports.ts'
import { requestId } from '../../shared/outbox/commit-request.ts'
import { problemOf } from '../../shared/outbox/job-problem.ts'
import { fingerprint } from '../aws/fingerprint.ts'
import { type Answer, badBody, badQuery, notFound, problem } from './answer.ts'
import { readJson } from './body.ts'
import { callerOf, keyOwnerOf } from './caller.ts'
import { readPage } from './page.ts'
import type { Read } from './read.ts'
import type { RouteRequest } from './route-request.ts'

interface RequestDeps {
  readonly ids: Ids
  readonly clock: Clock
}

/** What a route says about its requests. */
interface RequestSchemas {
  readonly path: string
  readonly params?: ZodType
  readonly query?: ZodType
  readonly body?: ZodType
  readonly success: { readonly idempotent?: boolean }
}

/** Reads a request. What does not fit its route is refused. @param traceparent W3C trace context for its jobs */
export function readRequest(
  { ids, clock }: RequestDeps,
  route: RequestSchemas,
  params: object,
  event: APIGatewayProxyEventV2,
  traceparent: string | undefined,
): Read<RouteRequest> {
  const named = parse(route.params, params, () => notFound('such thing'))
  if (!named.ok) return named
  // Of a parameter that is given twice, all values are seen, joined by commas.
  const query = parse(route.query, event.queryStringParameters ?? {}, badQuery)
  if (!query.ok) return query
  const page = readPage(event.rawPath, query.value)
  if (!page.ok) return page
  const json = readsBody(route.body, event) ? readJson(event) : { ok: true as const, value: undefined }
  if (!json.ok) return json
  const body = parse(route.body, json.value, badBody)
  if (!body.ok) return body
  const key = route.success.idempotent ? readIdempotencyKey(event) : { ok: true as const, value: undefined }
  if (!key.ok) return key
  return {
    ok: true,
    value: {
      path: route.path,
      params: named.value,
      query: query.value,
      body: body.value,
      page: page.value,
      caller: callerOf(event),
      now: clock.now(),
      traceparent,
      ...keyed(ids, pathWith(route.path, params), event, key.value, json.value),
    },
  }
}

/** A body whose schema accepts `undefined` may be left out. */
function readsBody(schema: ZodType | undefined, { body = '' }: APIGatewayProxyEventV2): boolean {
  return schema !== undefined && !(body === '' && schema.safeParse(undefined).success)
}

/** The path of a route with its parameters: a key is for one webhook, not for all of them. */
function pathWith(path: string, params: object): string {
  return path.replace(/:(\w+)/g, (_, name: string) => (params as Record<string, string>)[name] ?? '')
}

/** How a retry is recognized. It must equal the body as it was sent: the default of a field may have changed since. */
function keyed(ids: Ids, path: string, event: APIGatewayProxyEventV2, key: string | undefined, json: unknown) {
  const owner = keyOwnerOf(event)
  return {
    id: requestId(ids, path, owner, key),
    fingerprint: key === undefined ? undefined : fingerprint(json),
    retryContext: key === undefined ? undefined : { [idempotentRetry]: ids.derive(idempotentRetry, owner, key) },
  }
}

function parse(
  schema: ZodType | undefined,
  value: unknown,
  refuse: (errors: ReturnType<typeof problemOf>[]) => Answer<never>,
): Read<unknown> {
  if (!schema) return { ok: true, value: undefined }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, answer: refuse(parsed.error.issues.map((issue) => problemOf(issue))) }
}

/** The Idempotency-Key header: bare or as a quoted string, 1 to 255 printable ASCII characters. Absent: `undefined`. */
function readIdempotencyKey(event: APIGatewayProxyEventV2): Read<string | undefined> {
  const header = event.headers['idempotency-key']
  if (header === undefined) return { ok: true, value: undefined }
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header)
  const key = quoted ? (quoted[1] ?? '').replace(/\\(["\\])/g, '$1') : header
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return { ok: true, value: key }
  const detail = 'The Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as a quoted string.'
  return { ok: false, answer: problem(400, detail) }
}
