import type { Api } from '../model.ts'
import { type Answer, isObject, readHeaders } from './answer.ts'
import type { ApiRequest } from './request.ts'
import { isBinary } from './rest-event.ts'

const KNOWN = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']

/**
 * The answer that a function's payload stands for behind a REST API: an object of these five keys and no other, or it is
 * malformed. A string in place of an answer says why.
 */
export function restAnswerOf(payload: unknown, request: ApiRequest, api: Api): Answer | string {
  if (!isObject(payload)) return 'it is not an object with a statusCode'
  const unknown = Object.keys(payload).find((key) => !KNOWN.includes(key))
  if (unknown) return `it has the key ${unknown}; a REST API knows only ${KNOWN.join(', ')}`
  const { statusCode, headers, multiValueHeaders, body = '', isBase64Encoded } = payload
  const status = Number(statusCode)
  if (statusCode === undefined || !Number.isInteger(status) || status < 200 || status > 599)
    return `its statusCode is ${JSON.stringify(statusCode)}`
  if (body !== null && typeof body !== 'string') return 'its body is not a string; JSON.stringify it'
  const single = readHeaders(headers ?? {})
  if (typeof single === 'string') return single
  const several = readLists(multiValueHeaders ?? {})
  if (typeof several === 'string') return several
  const binary = isBase64Encoded === true && isBinary(api, request.headers.accept?.split(',')[0])
  return {
    status,
    headers: { 'content-type': 'application/json', ...single, ...several },
    // Without a binary media type that the client accepts, the base64 text itself goes out.
    body: binary ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  }
}

/** Of a name that is in both, the list counts. */
function readLists(lists: unknown): Answer['headers'] | string {
  if (!isObject(lists)) return 'its multiValueHeaders are not an object'
  const read: Record<string, readonly string[]> = {}
  for (const [name, values] of Object.entries(lists)) {
    if (!Array.isArray(values)) return `its multiValueHeaders.${name} is not a list`
    for (const value of values) {
      const one = readHeaders({ [name]: value })
      if (typeof one === 'string') return one
      const [[key, text] = ['', ''] as const] = Object.entries(one)
      if (key) read[key] = [...(read[key] ?? []), String(text)]
    }
  }
  return read
}
