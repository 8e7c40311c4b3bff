import type { Resolve } from './router.ts'

/**
 * Serves routes under a base path of an existing API (`/outbox/jobs` for `/jobs`). The gateway has matched the path. What
 * stands before the base path is the name of a stage or the mapping of a domain, and belongs into a Location as well.
 */
export function withBasePath(path: string, resolve: Resolve): Resolve {
  return async (event) => {
    const end = event.rawPath.indexOf(`${path}/`) + path.length
    const answer = await resolve({ ...event, rawPath: event.rawPath.slice(end) })
    const location = answer.headers?.location
    if (typeof location !== 'string' || !location.startsWith('/')) return answer
    return { ...answer, headers: { ...answer.headers, location: event.rawPath.slice(0, end) + location } }
  }
}
