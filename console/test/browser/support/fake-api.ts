/** The API as the console knows it, in memory: what operators do to it, it does at once. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { builtConsole } from '../../../build-web.ts'
import { fileAnswer } from '../../../cli/serve/files.ts'
import { answers } from './fake-answers.ts'
import type { FakeState } from './fake-state.ts'

export interface FakeApi {
  readonly url: string
  readonly state: FakeState
  /** Cuts all connections and takes no more; `listen` comes back at the same port. */
  down(): Promise<void>
  up(): Promise<void>
  stop(): Promise<void>
}

export async function startFakeApi(state: FakeState): Promise<FakeApi> {
  const files = await builtConsole()
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)
    if (!path.startsWith('/console/')) return answer(state, request, response)
    const file = await fileAnswer(files, path.slice('/console/'.length))
    response.writeHead(file.status, file.headers).end(file.body)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen(0)
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/console/`, state, down: close, up: () => listen(port), stop: close }
}

async function answer(state: FakeState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://x')
  let text = ''
  for await (const chunk of request) text += chunk
  if (request.method === 'GET') state.looks++
  if (request.method === 'POST') state.requests.push(`POST ${decodeURIComponent(url.pathname)} ${text}`)
  const refused = state.refuse ?? (request.method === 'POST' ? state.refuseActs : undefined)
  const found = refused ?? answers(state, request.method ?? '', url, text ? JSON.parse(text) : undefined)
  const { status, body } =
    'detail' in found
      ? { status: found.status, body: { type: 'about:blank', title: titles[found.status], ...found } }
      : found
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  const date = new Date(state.now).toUTCString()
  response.writeHead(status, { 'content-type': type, date }).end(JSON.stringify(body))
}

const titles: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  503: 'Service Unavailable',
}
