/** The form of a request's body: JSON in UTF-8, as it is. Another form is named in the answer, not guessed. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { type Answer, problem } from './answer.ts'

/** What is wrong with the form of the body; `undefined` if it can be read. */
export function contentProblem({ headers }: Pick<APIGatewayProxyEventV2, 'headers'>): Answer | undefined {
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
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** A header of a stranger, short enough for an answer. */
function shown(header: string): string {
  return header.length > 100 ? `${header.slice(0, 100)}…` : header
}
