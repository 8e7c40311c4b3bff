/** The JSON of a request's body: JSON in UTF-8, as it is. Another form is refused with its name, not guessed. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { deepestPayload } from '../../shared/outbox/job-problem.ts'
import { type Answer, badBody, problem } from './answer.ts'
import { parseJson } from './json.ts'
import type { Read } from './read.ts'

const maxBodyBytes = 256 * 1024
/** A payload, and what it may stand in: `{jobs: [{payload}]}`. */
const deepestBody = deepestPayload + 3

/** Reads the body as the caller sent it: no default of a schema is filled in. */
export function readJson(event: APIGatewayProxyEventV2): Read<unknown> {
  const unreadable = contentProblem(event)
  if (unreadable) return { ok: false, answer: unreadable }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > maxBodyBytes) {
    const detail = `The body has ${bytes.length} bytes; at most ${maxBodyBytes} are accepted.`
    return { ok: false, answer: problem(413, detail) }
  }
  const text = textOf(bytes)
  if (text === undefined) return { ok: false, answer: problem(400, 'The body is not UTF-8: send JSON in UTF-8.') }
  const json = parseJson(text, deepestBody)
  if (json.kind === 'value') return { ok: true, value: json.value }
  const isJson = json.kind === 'refused'
  return { ok: false, answer: isJson ? badBody([json.problem]) : problem(400, `The body is not JSON: ${json.reason}`) }
}

/** What is wrong with the form of the body; `undefined` if it can be read. */
function contentProblem({ headers }: Pick<APIGatewayProxyEventV2, 'headers'>): Answer<never> | undefined {
  const encoding = (headers['content-encoding'] ?? '').trim()
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
    const detail = `The body has content-encoding "${shown(encoding)}"; only identity is accepted: send it without compression.`
    return problem(415, detail, undefined, { 'accept-encoding': 'identity' })
  }
  const type = (headers['content-type'] ?? '').trim()
  if (type === '')
    return problem(415, 'The request has no content-type: send JSON, with content-type application/json.')
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    return problem(415, `The body must be JSON: send it with content-type application/json, not "${shown(type)}".`)
  }
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type)?.[1]
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    return problem(415, `The body has charset "${shown(charset)}"; only utf-8 is accepted.`)
  }
  return undefined
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a body, without a byte order mark; `undefined` if it is not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** A header of a caller, short enough for an answer. */
function shown(header: string): string {
  return header.length > 100 ? `${header.slice(0, 100)}…` : header
}
