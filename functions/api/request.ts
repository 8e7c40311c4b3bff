import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { ZodType, z } from 'zod'
import { deepestPayload, type Problem, problemOf } from '../../shared/outbox/job-problem.ts'
import { type Answer, problem } from './answer.ts'
import { contentProblem, textOf } from './content.ts'
import { parseJson } from './json.ts'

/** A request, as a route sees it. */
export interface ApiRequest {
  readonly params: Readonly<Record<string, string>>
  readonly event: APIGatewayProxyEventV2
}

/** A value, or the answer that says why there is none. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer }

const ok = <T>(value: T): Read<T> => ({ ok: true, value })
const refuse = (answer: Answer): { readonly ok: false; readonly answer: Answer } => ({ ok: false, answer })

const maxBodyBytes = 256 * 1024
/** A payload, and what it may stand in: `{jobs: [{payload}]}`. */
const deepestBody = deepestPayload + 3

/** Reads and checks the JSON body. */
export function readBody<S extends ZodType>(event: APIGatewayProxyEventV2, schema: S): Read<z.output<S>> {
  const unreadable = contentProblem(event)
  if (unreadable) return refuse(unreadable)
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > maxBodyBytes) {
    return refuse(problem(413, `The body has ${bytes.length} bytes; at most ${maxBodyBytes} are accepted.`))
  }
  const json = parse(bytes)
  if (!json.ok) return json
  return readValue(json.value, schema, 'body')
}

function parse(bytes: Uint8Array): Read<unknown> {
  const text = textOf(bytes)
  if (text === undefined) return refuse(problem(400, 'The body is not UTF-8: send JSON in UTF-8.'))
  const json = parseJson(text, deepestBody)
  if (json.kind === 'value') return ok(json.value)
  return refuse(
    json.kind === 'malformed' ? problem(400, `The body is not JSON: ${json.reason}`) : badBody([json.problem]),
  )
}

/** The body as the caller sent it: no default filled in. Read it with `readBody` first, which refuses what is not JSON. */
export function jsonOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  return JSON.parse(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('utf8'))
}

/** Reads and checks the query. Of a parameter that is given twice, all values are seen, joined by commas. */
export function readQuery<S extends ZodType>(event: APIGatewayProxyEventV2, schema: S): Read<z.output<S>> {
  return readValue(event.queryStringParameters ?? {}, schema, 'query')
}

function readValue<S extends ZodType>(value: unknown, schema: S, what: string): Read<z.output<S>> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  return refuse(
    problem(
      422,
      `The ${what} does not fit: see errors.`,
      parsed.error.issues.map((issue) => problemOf(issue)),
    ),
  )
}

/** The answer to a query that is not what it should be. */
export function refuseQuery(errors: readonly Problem[]): Answer {
  return problem(422, 'The query does not fit: see errors.', errors)
}

/** The answer to a body that is JSON but not what it should be. */
export function badBody(errors: readonly Problem[]): Answer {
  return problem(422, 'The body does not fit: see errors.', errors)
}

/** The Idempotency-Key header: bare or as a quoted string, 1 to 255 printable ASCII characters. Absent: `undefined`. */
export function readIdempotencyKey(event: APIGatewayProxyEventV2): Read<string | undefined> {
  const header = event.headers['idempotency-key']
  if (header === undefined) return ok(undefined)
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header)
  const key = quoted ? (quoted[1] ?? '').replace(/\\(["\\])/g, '$1') : header
  return /^[\x20-\x7e]{1,255}$/.test(key)
    ? ok(key)
    : refuse(
        problem(400, 'The Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as a quoted string.'),
      )
}

/** Who calls, as the gateway has verified it. */
export function callerOf(event: APIGatewayProxyEventV2): string {
  const { authorizer } = event.requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: { iss?: string; sub?: string } } }
  }
  const { iam, jwt } = authorizer ?? {}
  return iam?.userArn ?? (jwt?.claims?.sub ? `${jwt.claims.iss}#${jwt.claims.sub}` : 'anonymous')
}

/**
 * Whose idempotency keys these are; keeps one caller's from another's. The session of an assumed role is not part of it:
 * a service has another one in each task and after each restart, and must find its key again when it repeats a request.
 */
export function keyOwnerOf(event: APIGatewayProxyEventV2): string {
  return callerOf(event).replace(/^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/.*$/, '$1')
}

/** The W3C trace context of the caller, if it sent one. */
export function traceparentOf(event: APIGatewayProxyEventV2): string | undefined {
  const header = event.headers.traceparent
  return header !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(header) ? header : undefined
}
