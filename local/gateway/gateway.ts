import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetricStore } from '../metrics.ts'
import type { StackModel } from '../model.ts'
import { createPermissions } from '../permissions/permissions.ts'
import type { Engine, Gateway, Log, Usage } from '../types.ts'
import type { UsageSnapshot } from '../usage.ts'
import { type Answer, errorAnswer, xmlError } from './answer.ts'
import { recognise } from './call.ts'
import type { ListAlarms } from './cloudwatch.ts'
import { createEffects, type Effects } from './effects.ts'
import { readText } from './engine.ts'
import { createFaults, type Faults } from './faults.ts'
import type { LambdaControl } from './lambda.ts'
import { createRoutes, type Routes } from './routes.ts'
import { type AnswerTo, answering, createServices } from './services.ts'

interface Settings {
  readonly model: StackModel
  readonly dynamodb: Engine
  readonly sqs: Engine
  /** 0 takes a free one. */
  readonly port: number
  readonly dataDir: string
  readonly log: Log
  readonly usage: Usage & { snapshot(): UsageSnapshot; reset(): void }
  readonly metrics: MetricStore
}

/** The SDKs keep idle connections; the side that closes one must be they, or a request gets lost on the way. */
const KEEP_ALIVE_MS = 75_000

/** The local AWS endpoint: every call is checked, may meet a fault, is performed and metered. */
export async function startGateway(settings: Settings): Promise<
  Gateway & {
    faults: Faults
    effects: Effects
    attach(control: LambdaControl): void
    attachAlarms(list: ListAlarms): void
  }
> {
  let url = ''
  let stopping = false
  const faults = createFaults()
  const effects = createEffects()
  const permissions = createPermissions(settings.model, settings.log)
  const services = await createServices(settings, () => url)
  const routes = createRoutes()
  addRoutes(routes, {
    '/_aws/ses': services.mailRoutes,
    '/_localstack/chaos/faults': faults.routes,
    '/_local/faults': { GET: faults.playedRoute },
    '/_localstack/chaos/effects': effects.routes,
    '/_local/streams/{table}/trim': services.trimRoutes,
    '/_local/usage': usageRoutes(settings.usage),
    '/_local/permissions': { GET: async () => ({ status: 200, body: permissions.report() }) },
  })
  const answerTo = answering({ permissions, faults, effects, services })
  const server = createServer((request, response) => {
    serve(request, response, routes, answerTo).catch((error) => {
      // Nor is what is cut off by our own stop: pollers leave their long polls behind.
      if (!stopping) broken(request, response, error, settings.log)
    })
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  url = `http://127.0.0.1:${await listen(server, settings.port)}`

  return {
    url,
    faults,
    effects,
    attach: services.attach,
    attachAlarms: services.attachAlarms,
    route: routes.add,
    async stop() {
      stopping = true
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await services.stop()
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
  answerTo: AnswerTo,
): Promise<void> {
  const body = await readText(request)
  if (routes.owns(request.url ?? '/')) return routes.serve(request, body, response)
  const recognised = recognise(request, body)
  if (recognised.ok) return write(response, await answerTo(recognised.call, () => response.destroyed))
  const { code, message, xml } = recognised
  write(response, xml ? xmlError(400, code, message) : errorAnswer('dynamodb', { status: 400, code, message }))
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      const what = `Port ${port} of the local AWS endpoint is in use. Stop what uses it, or choose another with AWS_PORT.`
      reject(new Error(what, { cause: error }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function addRoutes(routes: Routes, all: Record<string, Record<string, Parameters<Routes['add']>[2]>>): void {
  for (const [path, handlers] of Object.entries(all)) {
    for (const [method, handler] of Object.entries(handlers)) routes.add(method, path, handler)
  }
}

function usageRoutes(usage: Settings['usage']) {
  return {
    GET: async () => ({ status: 200, body: usage.snapshot() }),
    DELETE: async () => {
      usage.reset()
      return { status: 200, body: usage.snapshot() }
    },
  }
}

function write(response: ServerResponse, answer: Answer): void {
  if (answer === 'reset') return void response.destroy()
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  response.end(answer.body)
}

/** The engine died, or this code is wrong: either way the caller does not know whether its request was carried out. */
function broken(request: IncomingMessage, response: ServerResponse, error: unknown, log: Log): void {
  // A caller that hangs up while it sends is not worth a line.
  if (request.destroyed && !request.complete) return
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log('gateway', `${request.headers['x-amz-target'] ?? request.url} failed: ${what}`)
  if (response.headersSent) return void response.destroy()
  const message = 'The local endpoint could not carry this out; its log says why.'
  write(response, errorAnswer('dynamodb', { status: 500, code: 'InternalServerError', message }))
}
