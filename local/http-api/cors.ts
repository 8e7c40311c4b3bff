import type { Api } from '../model.ts'
import { matchesGlob } from '../permissions/glob.ts'
import type { Answer } from './answer.ts'
import type { ApiRequest } from './request.ts'

type Cors = NonNullable<Api['cors']>

/** The answer to a preflight request, which the gateway gives itself, whatever the routes are. */
export function preflight(cors: Cors | undefined, { method, headers }: ApiRequest): Answer | undefined {
  const asks = method === 'OPTIONS' && headers.origin && headers['access-control-request-method']
  if (!cors || !asks) return undefined
  const allowed = allowOrigin(cors, headers.origin)
  return {
    status: 204,
    headers: {
      ...allowed,
      ...(allowed && {
        'access-control-allow-methods': cors.methods.join(','),
        'access-control-allow-headers': cors.headers.join(','),
        ...(cors.maxAgeSeconds !== undefined && { 'access-control-max-age': String(cors.maxAgeSeconds) }),
      }),
    },
    body: '',
  }
}

/** When CORS is configured, the gateway's headers replace those of the function. */
export function withCors(cors: Cors | undefined, { headers }: ApiRequest, answer: Answer): Answer {
  if (!cors) return answer
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'))
  return { ...answer, headers: { ...Object.fromEntries(own), ...allowOrigin(cors, headers.origin) } }
}

/** An allowed origin is `*`, exact, or a scheme with `*` (`https://*`). */
function allowOrigin(cors: Cors, origin: string | undefined): Record<string, string> | undefined {
  if (origin === undefined) return undefined
  if (cors.origins.includes('*')) return { 'access-control-allow-origin': '*' }
  const known = cors.origins.some((pattern) => matchesGlob(pattern, origin))
  return known ? { 'access-control-allow-origin': origin, vary: 'Origin' } : undefined
}
