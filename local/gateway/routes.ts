import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RouteHandler } from '../types.ts'

interface Route {
  readonly method: string
  readonly path: string
  readonly parts: readonly string[]
  readonly handler: RouteHandler
}

export interface Routes {
  add(method: string, path: string, handler: RouteHandler): void
  /** Whether the path belongs to the tool itself and not to an AWS service. */
  owns(url: string): boolean
  serve(request: IncomingMessage, body: string, response: ServerResponse): Promise<void>
}

/** The paths of the tool's own, all below `/_…`. The first route of a method and path stays. */
export function createRoutes(): Routes {
  const routes: Route[] = []
  return {
    add(method, path, handler) {
      routes.push({ method, path, parts: path.split('/'), handler })
    },
    owns: (url) => url.startsWith('/_'),
    async serve(request, body, response) {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost')
      const found = routes.filter((route) => paramsOf(route, pathname))
      const route = found.find(({ method }) => method === request.method)
      if (!route) return json(response, notFound(found, request.method, pathname))
      const parsed = parse(body)
      if (!parsed.ok)
        return json(response, { status: 400, body: { message: 'The body is not JSON. Send valid JSON.' } })
      json(response, await route.handler({ params: paramsOf(route, pathname) ?? {}, query, body: parsed.value }))
    },
  }
}

function notFound(others: readonly Route[], method: string | undefined, path: string) {
  if (others.length === 0) return { status: 404, body: { message: `There is no ${path} on this endpoint.` } }
  const allowed = others.map((route) => route.method).join(', ')
  return { status: 405, body: { message: `${path} takes ${allowed}, not ${method}.` } }
}

function paramsOf({ parts }: Route, pathname: string): Record<string, string> | undefined {
  const actual = pathname.split('/')
  if (actual.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of parts.entries()) {
    const value = actual[i] ?? ''
    if (part.startsWith('{')) params[part.slice(1, -1)] = decodeURIComponent(value)
    else if (part !== value) return undefined
  }
  return params
}

function parse(body: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: body === '' ? undefined : JSON.parse(body) }
  } catch {
    return { ok: false }
  }
}

function json(response: ServerResponse, { status, body }: { status: number; body?: unknown }): void {
  response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
  response.end(body === undefined ? '' : JSON.stringify(body))
}
