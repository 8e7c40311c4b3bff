import { createHash } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { type Answer, gatewayAnswer } from './answer.ts'
import type { ApiRequest } from './request.ts'

/** A directory of files that is served next to the API, as a web server or a CDN would in front of it. */
export interface StaticFiles {
  /** `/docs`; requests for it and below it never reach the API. */
  readonly path: string
  readonly directory: string
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** Answers a request for a served file; `undefined` when it is none of its paths, and so is for the API. */
export async function staticAnswer(
  served: readonly StaticFiles[],
  { method, path, headers }: Pick<ApiRequest, 'method' | 'path' | 'headers'>,
): Promise<Answer | undefined> {
  const found = served.find((files) => path === files.path || path.startsWith(`${files.path}/`))
  if (!found) return undefined
  if (method !== 'GET' && method !== 'HEAD') return gatewayAnswer(405, 'Method Not Allowed', { allow: 'GET, HEAD' })
  // Without the slash at its end, what the page names relative to itself would be looked for next to the directory.
  if (path === found.path) return { status: 308, headers: { location: `${path}/` }, body: '' }
  const inside = path.slice(found.path.length)
  const file = await fileIn(found.directory, inside.endsWith('/') ? `${inside}index.html` : inside)
  return file ? fileAnswer(file, headers['if-none-match']) : gatewayAnswer(404, 'Not Found')
}

/** The file, if it is there and really below the directory: neither `..` nor a link leads out of it. */
async function fileIn(directory: string, path: string): Promise<{ name: string; content: Buffer } | undefined> {
  try {
    const [root, name] = await Promise.all([realpath(directory), realpath(join(directory, path))])
    return name.startsWith(root + sep) ? { name, content: await readFile(name) } : undefined
  } catch {
    return undefined
  }
}

/** Always asked for again, and sent again only when it is another: a new build shows at the next reload. */
function fileAnswer({ name, content }: { name: string; content: Buffer }, known: string | undefined): Answer {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  const headers = {
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    etag,
  }
  return known === etag ? { status: 304, headers, body: '' } : { status: 200, headers, body: content }
}
