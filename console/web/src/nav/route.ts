/** Where one is in the console. It is in the URL's hash, so that it can be sent to a colleague. */
import { createStore } from '../live/store.ts'

export interface Route {
  /** `['jobs', '0198…']` */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

type Query = Readonly<Record<string, string | undefined>>

function read(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const route = createStore<Route>(read())
addEventListener('hashchange', () => route.set(read()))

export function href(path: readonly string[], query: Query = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const search = new URLSearchParams(given).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`
}

export function go(path: readonly string[], query: Query = {}): void {
  location.hash = href(path, query)
}

/** Changes the query of the current route without a step in the browser's history. */
export function narrow(query: Query): void {
  const { path } = route.get()
  history.replaceState(null, '', href(path, query))
  route.set(read())
}
