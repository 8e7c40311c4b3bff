/** Whether a caller may call a route, as the gateway verified the caller. It is checked here too, so that a gateway with a wrong configuration opens nothing. */
import { type Answer, problem } from './answer.ts'

/**
 * Callers of a route. `caller`: everyone whom the gateway lets in, such as the customers of a shop. `viewer`: people who view
 * jobs and records. `operator`: people who repair them. An operator is a viewer too.
 */
export type RouteAccess = 'caller' | 'viewer' | 'operator'

/** How a stage tells its callers apart. */
export interface Authorization {
  readonly type: 'iam' | 'jwt' | 'none'
  /** Scopes that make the holder of a token a viewer or an operator. Without them no holder is. */
  readonly scopes?: Scopes | undefined
}

/** Names of the scopes of tokens. */
export type Scopes = Readonly<Record<Exclude<RouteAccess, 'caller'>, string>>

/** The part of a route that decides who may call it. */
export interface AccessRule {
  readonly method: string
  readonly path: string
  readonly access: RouteAccess
}

/** Returns the scopes of which a token needs one for a route; none for a route that is open to every caller. */
export function scopesFor({ access }: Pick<AccessRule, 'access'>, { viewer, operator }: Scopes): readonly string[] {
  if (access === 'caller') return []
  return access === 'viewer' ? [viewer, operator] : [operator]
}

/** What the authorizers of API Gateway put into an event. */
interface Authorizer {
  readonly iam?: unknown
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> }
  readonly lambda?: Readonly<Record<string, unknown>> | null
}

/** Returns the answer 403 if the caller may not call the route; `undefined` if they may. */
export function accessProblem(
  route: AccessRule,
  { type, scopes }: Authorization,
  event: { readonly requestContext: object },
): Answer<never> | undefined {
  const { iam, jwt, lambda } = (event.requestContext as { authorizer?: Authorizer | null }).authorizer ?? {}
  // IAM has checked the method and the path against the caller's policies.
  if (iam) return undefined
  const token = jwt ? (jwt.claims ?? {}) : lambda
  if (!token) return type === 'none' ? undefined : problem(403, unverified)
  return route.access === 'caller' ? undefined : scopeProblem(route, scopes, token)
}

const unverified =
  'The gateway has not verified who calls: each route of this API needs an authorizer. Deploy the stack again.'

function scopeProblem(
  route: AccessRule,
  scopes: Scopes | undefined,
  token: Readonly<Record<string, unknown>>,
): Answer<never> | undefined {
  const what = `${route.method} ${route.path}`
  if (!scopes)
    return problem(403, `${what} is not open to tokens here: deploy the stack with viewerScope and operatorScope.`)
  const needed = scopesFor(route, scopes)
  const granted = [...scopesOf(token.scope), ...scopesOf(token.scp)]
  if (needed.some((scope) => granted.includes(scope))) return undefined
  return problem(403, `${what} needs a token with the scope ${needed.join(' or ')}; this token does not have it.`)
}

/** API Gateway hands a list over as `[a b]`, and a text as it is. */
function scopesOf(claim: unknown): string[] {
  const text = Array.isArray(claim) ? claim.join(' ') : typeof claim === 'string' ? claim : ''
  return text
    .replace(/^\[(.*)\]$/, '$1')
    .split(/\s+/)
    .filter(Boolean)
}
