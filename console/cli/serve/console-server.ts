/** The web console on this machine: its files, and behind them the API, called with the operator's own identity. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ApiPorts } from '../../api-client/client.ts'
import type { ApiEndpoint } from '../../api-client/endpoint.ts'
import { type Answer, problem, redirect } from './answer.ts'
import { fileAnswer } from './files.ts'
import { forward } from './forward.ts'
import { cookieName, type Door, refusalOf, sameText } from './guard.ts'

export interface ConsoleServer {
  readonly endpoint: ApiEndpoint
  /** Where the built console lies. */
  readonly files: string
  /** 0 for a free one. */
  readonly port: number
  /** @default - none is asked for */
  readonly key?: string
}

/** Listens on 127.0.0.1 alone. Resolves to the URL to open, and how to end it. */
export async function serveConsole(settings: ConsoleServer, ports: ApiPorts) {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const door = { port, key: settings.key }
    answer(request, door, settings, ports)
      .catch(() => problem(500, 'The console failed at this request.'))
      .then((answered) => reply(response, answered, request.method === 'HEAD'))
  })
  await listening(server, settings.port)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/console/${settings.key === undefined ? '' : `?key=${settings.key}`}`
  return { url, close: () => close(server) }
}

async function answer(request: IncomingMessage, door: Door, settings: ConsoleServer, ports: ApiPorts): Promise<Answer> {
  const { method = 'GET', url = '/', headers } = request
  const { pathname, searchParams } = new URL(url, 'http://console')
  const { host, origin, cookie } = headers
  const entered = enters(pathname, searchParams, door)
  const refused = refusalOf({ method, host, origin, cookie }, entered ? { port: door.port } : door)
  if (refused) return problem(403, refused)
  if (entered) return redirect('/console/', { 'set-cookie': entered })
  if (pathname === '/' || pathname === '/console') return redirect('/console/')
  if (pathname.startsWith('/console/')) return fileAnswer(settings.files, decode(pathname.slice('/console/'.length)))
  const body = await readBody(request)
  if (body === undefined) return problem(413, 'The body exceeds 256 KiB.')
  return forward(
    { method, path: url, headers: headers as Record<string, string | undefined>, body },
    settings.endpoint,
    ports,
  )
}

/** The cookie for someone who comes with the key in the address. */
function enters(path: string, query: URLSearchParams, { port, key }: Door): string | undefined {
  if (key === undefined || path !== '/console/' || !sameText(query.get('key') ?? '', key)) return undefined
  return `${cookieName(port)}=${key}; HttpOnly; SameSite=Strict; Path=/`
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return '\0'
  }
}

const maxBodyBytes = 256 * 1024

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

const safety = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

function reply(response: ServerResponse, { status, headers, body }: Answer, headOnly: boolean): void {
  response.writeHead(status, { ...safety, ...headers })
  response.end(headOnly || status === 204 ? undefined : body)
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
