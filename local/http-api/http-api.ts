import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Api, StackModel } from '../model.ts'
import type { Functions, Log, Metrics, Running } from '../types.ts'
import type { Answer } from './answer.ts'
import type { Dialect } from './dialect.ts'
import { httpDialect } from './http-dialect.ts'
import { readBody, readHeaders, readRawHeaders, readTarget } from './request.ts'
import { restDialect } from './rest-dialect.ts'
import { createServe } from './serve.ts'
import { type StaticFiles, staticAnswer } from './static-files.ts'

export interface HttpApiSettings {
  readonly model: StackModel
  /** 0 for a free one. */
  readonly port: number
  readonly functions: Pick<Functions, 'invoke'>
  readonly log: Log
  readonly metrics: Metrics
  /** Directories that are served next to the API. */
  readonly files?: readonly StaticFiles[]
  /** How long a function may take to answer, in ms, where its route does not say. @default - what AWS allows this kind of API */
  readonly integrationTimeoutMs?: number
}

/** AWS takes 10,240 bytes of request line and headers. */
const HEADER_LIMIT = 10_240
/** How long requests that are being answered may take to end when the API stops. */
const STOP_MS = 2_000

const DIALECTS = { http: httpDialect, rest: restDialect }

/** Serves the first API of the model on loopback. Rejects when it has none or the port is in use. */
export async function startHttpApi(settings: HttpApiSettings): Promise<Running & { url: string }> {
  const { model, port, log, metrics } = settings
  const [api] = model.apis
  if (!api)
    throw new Error(
      `The template of ${model.stackName} has no AWS::ApiGatewayV2::Api or AWS::ApiGateway::RestApi to serve; add one or leave the API out`,
    )
  const dialect = DIALECTS[api.kind]
  const { integrationTimeoutMs = dialect.longestIntegrationMs } = settings
  const serve = createServe({ ...settings, api, dialect, integrationTimeoutMs })

  const server = createServer({ maxHeaderSize: HEADER_LIMIT }, async (request, response) => {
    const began = performance.now()
    const requestId = newRequestId()
    const file = await fileAnswer(settings, api, request)
    const ids = dialect.requestIdHeaders(requestId)
    if (file) return send(request, response, file, ids)
    const answer = await answerTo(request, api, dialect, requestId, serve).catch((error) => {
      // A client that hangs up in the middle of its body needs no answer.
      if (error?.code !== 'ECONNRESET')
        log('api', `${request.method} ${request.url} failed in the local API itself: ${error?.stack ?? error}`)
      return dialect.says.misconfigured
    })
    send(request, response, answer, ids)
    measure(metrics, dialect, api, answer.status, performance.now() - began)
  })
  // As long as a load balancer: a shorter time resets connections that a client is just using again.
  server.keepAliveTimeout = 75_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} is in use, so the HTTP API cannot listen; stop what uses it or choose another port`)
  })

  let stopping: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathOf(api)}`,
    stop() {
      stopping ??= new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), STOP_MS)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      })
      return stopping
    },
  }
}

function fileAnswer({ files = [] }: HttpApiSettings, api: Api, request: IncomingMessage) {
  const target = files.length > 0 ? readTarget(request.url ?? '/', api) : undefined
  return target && staticAnswer(files, { ...target, method: request.method ?? 'GET', headers: readHeaders(request) })
}

async function answerTo(
  request: IncomingMessage,
  api: Api,
  { says }: Dialect,
  requestId: string,
  serve: ReturnType<typeof createServe>,
): Promise<Answer> {
  const target = readTarget(request.url ?? '/', api)
  if (!target) return says.badPath
  if (!target.inStage) return says.noStage
  const body = await readBody(request)
  if (body === 'too-large') return says.tooLarge
  return serve({
    ...target,
    method: request.method ?? 'GET',
    headers: readHeaders(request),
    rawHeaders: readRawHeaders(request),
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    protocol: `HTTP/${request.httpVersion}`,
    receivedAt: new Date(),
    requestId,
  })
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  requestIds: Readonly<Record<string, string>>,
) {
  const all = { ...headers, ...requestIds, 'content-length': String(Buffer.byteLength(body)) }
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value)
  response.statusCode = status
  response.end(body)
  // What is left of a refused body is read and dropped, so that the client can read the answer.
  request.resume()
}

function measure(metrics: Metrics, dialect: Dialect, api: Api, status: number, latencyMs: number): void {
  const { client, server } = dialect.errorMetrics
  const values = { Count: 1, [client]: isIn(status, 400), [server]: isIn(status, 500), Latency: latencyMs }
  for (const dimensions of dialect.dimensionsOf(api)) {
    for (const [name, value] of Object.entries(values)) {
      metrics.put({ namespace: 'AWS/ApiGateway', name, dimensions, value })
    }
  }
}

/** A stage with a name is the first part of every path. */
const pathOf = ({ stageName }: Api) => (stageName === '$default' ? '' : `/${stageName}`)

const isIn = (status: number, hundred: number) => (Math.floor(status / 100) * 100 === hundred ? 1 : 0)

/** As API Gateway's extended request ids look: `JKJaXmPLvHcESHA=`. */
const newRequestId = () => `${randomBytes(11).toString('base64').slice(0, 15).replaceAll(/[+/]/g, '-')}=`
