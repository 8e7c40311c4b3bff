import { validateHeaderName, validateHeaderValue } from 'node:http'

/** What goes back to the client. */
export interface Answer {
  readonly status: number
  /** In lower case; an array is sent as several headers. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Buffer
}

/** An answer of the gateway itself. */
export const gatewayAnswer = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
})

/** What the gateway says of every failure behind it: the client learns nothing of the cause. */
export const internalError = () => gatewayAnswer(500, 'Internal Server Error')

/** The gateway sets these itself. */
const OWN_HEADERS = ['connection', 'content-length', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/**
 * The answer that a function's payload stands for behind an HTTP API: an object with a `statusCode` says all itself, anything else is the
 * body of a 200 in JSON. A string in place of an answer means that the payload is malformed, and says why.
 */
export function answerOf(payload: unknown): Answer | string {
  if (!isObject(payload) || payload.statusCode === undefined) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded } = payload
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return `its statusCode is ${JSON.stringify(statusCode)}`
  if (body !== null && typeof body !== 'string') return 'its body is not a string; JSON.stringify it'
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === 'string')) {
    return 'its cookies are not an array of strings'
  }
  const read = readHeaders(headers, cookies)
  if (typeof read === 'string') return read
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...read },
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  }
}

/** By name in lower case, or in words what is wrong with them. */
export function readHeaders(headers: unknown, cookies: readonly string[] = []): Answer['headers'] | string {
  if (headers !== null && !isObject(headers)) return 'its headers are not an object'
  const read: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) return `its header ${name} is not a string`
    if (!isValidHeader(name, String(value))) return `its header ${name} has a character that HTTP does not allow`
    if (!OWN_HEADERS.includes(name.toLowerCase())) read[name.toLowerCase()] = String(value)
  }
  if (!cookies.every((cookie) => isValidHeader('set-cookie', cookie)))
    return 'a cookie has a character HTTP does not allow'
  if (cookies.length > 0) read['set-cookie'] = [...[read['set-cookie'] ?? []].flat(), ...cookies]
  return read
}

function isValidHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
