/** AWS Signature Version 4, computed from a request as it came over the wire. */
import { createHash, createHmac } from 'node:crypto'

export interface SignedRequest {
  readonly method: string
  /** With its percent-encoding, without the query. */
  readonly path: string
  /** With its percent-encoding, without the question mark. */
  readonly query: string
  /** By lower case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

export interface Signing {
  readonly secret: string
  /** `20150830T123600Z` */
  readonly date: string
  readonly region: string
  readonly service: string
  /** Names of the signed headers, in lower case. */
  readonly signedHeaders: readonly string[]
}

export interface Signature {
  readonly canonical: string
  readonly toSign: string
  /** 64 hex digits. */
  readonly signature: string
}

/** Computes the signature of a request, and the two texts that it is made of. */
export function signatureOf(
  request: SignedRequest,
  { secret, date, region, service, signedHeaders }: Signing,
): Signature {
  const day = date.slice(0, 8)
  const scope = `${day}/${region}/${service}/aws4_request`
  const canonical = canonicalOf(request, [...signedHeaders].sort())
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return { canonical, toSign, signature: hmac(key, toSign).toString('hex') }
}

function canonicalOf({ method, path, query, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n')
}

/** Normalized, and each segment encoded once more: every service except S3 signs `%20` as `%2520`. */
function canonicalPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(encoded(segment))
  }
  return segments.length === 0 ? '/' : `/${segments.join('/')}${path.endsWith('/') ? '/' : ''}`
}

/** Sorted by name, then by value. A plus is a space, as in a form. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')].map((text) => encoded(decoded(text))) as [string, string]
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map((pair) => pair.join('='))
    .join('&')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Everything except letters, digits and `-._~` becomes `%XX`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
