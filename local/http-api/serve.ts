import type { Api, LambdaFunction, StackModel } from '../model.ts'
import { matchesArn } from '../permissions/glob.ts'
import type { Functions, Log } from '../types.ts'
import { type Answer, gatewayAnswer } from './answer.ts'
import { preflight, withCors } from './cors.ts'
import type { Authorized, Dialect } from './dialect.ts'
import { authorizeIam } from './iam.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { authorizeJwt } from './jwt.ts'
import type { ApiRequest } from './request.ts'
import { findRoute, type Route } from './routes.ts'
import { createThrottle } from './throttle.ts'

export interface ServeSettings {
  readonly model: StackModel
  readonly api: Api
  readonly dialect: Dialect
  readonly functions: Pick<Functions, 'invoke'>
  readonly log: Log
  /** How long a function may take to answer, in ms, where its route does not say. */
  readonly integrationTimeoutMs: number
}

/** What the API answers to a request, in the order in which the gateway decides. Reasons it keeps from clients are logged. */
export function createServe(settings: ServeSettings): (request: ApiRequest) => Promise<Answer> {
  const { model, api, dialect, log } = settings
  const { says } = dialect
  const passes = createThrottle(api.throttling, Date.now)
  const findKey = createIssuerKeys()

  function authorizeSigned(request: ApiRequest): { authorizer: Authorized } | Answer {
    const decision = authorizeIam(model, api, request)
    if (decision.ok) return { authorizer: { iam: decision.caller } }
    log('api', `${request.method} ${request.path} is forbidden: ${decision.why}`)
    if (decision.own) return dialect.wrongSignature(decision.own)
    return decision.unsigned ? says.unsigned : says.forbidden
  }

  async function authorize(route: Route, request: ApiRequest): Promise<{ authorizer?: Authorized } | Answer> {
    if (route.authorization === 'NONE') return {}
    if (route.authorization === 'AWS_IAM' || !route.authorizer) return authorizeSigned(request)
    const { authorizer } = route
    const decision = await authorizeJwt(request.headers.authorization, authorizer, findKey, Date.now()).catch(
      (error) => ({
        ok: false as const,
        status: 401 as const,
        why: `the keys of ${authorizer.issuer} cannot be read: ${error}`,
      }),
    )
    if (decision.ok) return { authorizer: decision.authorizer }
    log('api', `${request.method} ${request.path} is not authorized: ${decision.why}`)
    return challenge(decision.status, decision.why, authorizer.scopes)
  }

  async function serve(request: ApiRequest): Promise<Answer> {
    const found = findRoute(api.routes, request.method, request.path)
    if (!found) return says.noRoute
    if (!passes(found.route.key)) return says.throttled
    const decision = await authorize(found.route, request)
    if ('status' in decision) return decision
    const fn = model.functions.find(({ name }) => name === found.route.functionName)
    const missing = fn ? permissionFault(model, api, found.route, fn) : 'its function is not in the template'
    if (!fn || missing) {
      log('api', `${found.route.key} cannot be served: ${missing}`)
      return says.misconfigured
    }
    return integrate(
      settings,
      fn,
      found.route,
      request,
      dialect.eventOf(model, api, request, found, decision.authorizer),
    )
  }

  return async (request) => preflight(api.cors, request) ?? withCors(api.cors, request, await serve(request))
}

function challenge(status: 401 | 403, why: string, scopes: readonly string[]): Answer {
  const error = status === 403 ? 'insufficient_scope' : 'invalid_token'
  return gatewayAnswer(status, status === 403 ? 'Forbidden' : 'Unauthorized', {
    'www-authenticate': `Bearer scope="${scopes.join(' ')}" error="${error}" error_description="${why.replaceAll(/[^ -~]|"/g, "'")}"`,
  })
}

/** The API may invoke a function only if an AWS::Lambda::Permission says so for the route. */
function permissionFault(model: StackModel, api: Api, route: Route, fn: LambdaFunction): string | undefined {
  const [method = '', path = ''] = route.key === '$default' ? ['$default'] : route.key.split(' ')
  const arn = `arn:aws:execute-api:${model.region}:${model.accountId}:${api.id}/${api.stageName}/${method}${path}`
  const permitted = fn.permissions.some(
    ({ principal, sourceArn }) =>
      principal === 'apigateway.amazonaws.com' && (sourceArn === undefined || matchesArn(sourceArn, arn)),
  )
  return permitted ? undefined : `no AWS::Lambda::Permission lets apigateway.amazonaws.com invoke ${fn.name} for ${arn}`
}

async function integrate(
  settings: ServeSettings,
  fn: LambdaFunction,
  { timeoutMs }: Route,
  request: ApiRequest,
  event: unknown,
): Promise<Answer> {
  const { api, dialect, functions, log, integrationTimeoutMs } = settings
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(resolve, timeoutMs ?? integrationTimeoutMs, 'late')
  const result = await Promise.race([functions.invoke(fn.name, event), late])
  clearTimeout(timer)
  if (result === 'late') return dialect.says.late
  if (!result.ok) return failed(dialect, result)
  const answer = dialect.answerOf(result.payload, request, api)
  if (typeof answer !== 'string') return answer
  log('api', `${fn.name} gave a malformed answer: ${answer}`)
  return dialect.says.functionFailed
}

/** The function's own log says what happened. */
function failed({ says }: Dialect, { reason, errorType }: { reason: string; errorType: string }): Answer {
  if (errorType === 'RequestEntityTooLargeException') return says.tooLarge
  return reason === 'throttled' ? says.functionThrottled : says.functionFailed
}
