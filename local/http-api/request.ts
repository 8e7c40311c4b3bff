import type { IncomingMessage } from 'node:http'
import type { Api } from '../model.ts'

/** A request as the gateway reads it, before it knows which route answers. */
export interface ApiRequest {
  readonly method: string
  /** As it came over the wire, without the query: what a signature is about. */
  readonly wirePath: string
  /** With the stage in it; an HTTP API decodes it, a REST API leaves it as it came. */
  readonly rawPath: string
  /** The same without the stage: what routes are about. */
  readonly path: string
  readonly rawQuery: string
  /** Lower case names; the values of a repeated header joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  /** Each as the client wrote it, in its order. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly sourceIp: string
  readonly protocol: string
  readonly receivedAt: Date
  readonly requestId: string
}

/** 10 MB, the largest request that API Gateway takes. */
const BODY_LIMIT = 10 * 1024 * 1024

/** The whole body, or `too-large` as soon as that is known. */
export async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return 'too-large'
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) return 'too-large'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Path and query of the request line. `undefined` when its percent-encoding is broken. */
export function readTarget(url: string, { kind, stageName }: Pick<Api, 'kind' | 'stageName'>) {
  const [target = '', rawQuery = ''] = splitOnce(url.replace(/^https?:\/\/[^/?]*/, ''), '?')
  let rawPath: string
  try {
    const decoded = decodeURIComponent(target || '/')
    rawPath = kind === 'rest' ? target || '/' : decoded
  } catch {
    return undefined
  }
  const prefix = `/${stageName}`
  const inStage = stageName === '$default' || rawPath === prefix || rawPath.startsWith(`${prefix}/`)
  const path = stageName === '$default' ? rawPath : rawPath.slice(prefix.length) || '/'
  return { wirePath: target || '/', rawPath, rawQuery, path, inStage }
}

/** Hop-by-hop headers stay between two hosts. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'proxy-connection']

export function readRawHeaders({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, i): [string, string] => [
    rawHeaders[2 * i] ?? '',
    rawHeaders[2 * i + 1] ?? '',
  ])
  return pairs.filter(([name]) => !HOP_BY_HOP.includes(name.toLowerCase()))
}

export function readHeaders(request: IncomingMessage): Record<string, string> {
  const all = Object.entries(request.headersDistinct).filter(([name]) => !HOP_BY_HOP.includes(name))
  return Object.fromEntries(all.map(([name, values]) => [name, (values ?? []).join(name === 'cookie' ? '; ' : ',')]))
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
