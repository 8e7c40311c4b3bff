import type { Api } from '../model.ts'

export type Route = Api['routes'][number]

export interface RouteMatch {
  readonly route: Route
  /** Values of `{name}` and `{name+}`; empty for a route without any. */
  readonly pathParameters: Readonly<Record<string, string>>
}

/**
 * The route that answers a request: a full match before a greedy `{name+}`, fixed segments before variable ones, the
 * method before `ANY`, and `$default` when nothing else matches. `path` is decoded and has no stage in it.
 */
export function findRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const [best] = routes
    .flatMap((route) => matchOf(route, method, path) ?? [])
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
  if (best) return best
  const fallback = routes.find(({ key }) => key === '$default')
  return fallback && { route: fallback, pathParameters: {} }
}

/** `rank` sorts matches as text, the most specific first: greedy or not, kind of each segment, ANY or not. */
function matchOf(route: Route, method: string, path: string): (RouteMatch & { rank: string }) | undefined {
  const [wantedMethod = '', template = ''] = route.key.split(' ')
  if (wantedMethod !== 'ANY' && wantedMethod !== method) return undefined
  const segments = template.split('/').map(readSegment)
  const match = new RegExp(`^${segments.map(({ source }) => source).join('/')}$`, 's').exec(path)
  if (!match) return undefined
  const names = segments.flatMap(({ name }) => name ?? [])
  const kinds = segments.map(({ kind }) => kind)
  return {
    route,
    pathParameters: Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ''])),
    rank: [kinds.includes(2) ? 1 : 0, ...kinds, wantedMethod === 'ANY' ? 1 : 0].join(''),
  }
}

/** A variable segment holds at least one character, a greedy one also slashes. */
function readSegment(segment: string): { source: string; kind: 0 | 1 | 2; name?: string } {
  const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? []
  if (name === undefined) return { source: segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), kind: 0 }
  return greedy ? { source: '(.+)', kind: 2, name } : { source: '([^/]+)', kind: 1, name }
}
