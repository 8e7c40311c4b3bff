import type { HttpApi, LambdaFunction, StackModel } from '../model.ts'
import type { Functions, Log } from '../parts.ts'
import { matchesArn } from '../permissions/glob.ts'
import { type Answer, answerOf, gatewayAnswer, internalError } from './answer.ts'
import { preflight, withCors } from './cors.ts'
import { eventOf } from './event.ts'
import { authorizeIam } from './iam.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { authorizeJwt } from './jwt.ts'
import type { ApiRequest } from './request.ts'
import { findRoute, type Route } from './routes.ts'
import { createThrottle } from './throttle.ts'

export interface ServeSettings {
  readonly model: StackModel
  readonly api: HttpApi
  readonly functions: Pick<Functions, 'invoke'>
  readonly log: Log
  /** How long a function may take to answer, in ms. */
  readonly integrationTimeoutMs: number
}

/** What the API answers to a request, in the order in which the gateway decides. Reasons it keeps from clients are logged. */
export function createServe(settings: ServeSettings): (request: ApiRequest) => Promise<Answer> {
  const { model, api, log } = settings
  const passes = createThrottle(api.throttling, Date.now)
  const findKey = createIssuerKeys()

  async function authorize(route: Route, request: ApiRequest): Promise<{ authorizer?: object } | Answer> {
    if (route.authorization === 'NONE') return {}
    if (route.authorization === 'AWS_IAM' || !route.authorizer) {
      const decision = authorizeIam(model, api, request)
      if (typeof decision !== 'string') return { authorizer: decision }
      log('api', `${request.method} ${request.path} is forbidden: ${decision}`)
      return gatewayAnswer(403, 'Forbidden')
    }
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
    if (!found) return gatewayAnswer(404, 'Not Found')
    if (!passes(found.route.key)) return gatewayAnswer(429, 'Too Many Requests')
    const decision = await authorize(found.route, request)
    if ('status' in decision) return decision
    const fn = model.functions.find(({ name }) => name === found.route.functionName)
    const missing = fn ? permissionFault(model, api, found.route, fn) : 'its function is not in the template'
    if (!fn || missing) {
      log('api', `${found.route.key} cannot be served: ${missing}`)
      return internalError()
    }
    return integrate(settings, fn, eventOf(model, api, request, found, decision.authorizer))
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
function permissionFault(model: StackModel, api: HttpApi, route: Route, fn: LambdaFunction): string | undefined {
  const [method = '', path = ''] = route.key === '$default' ? ['$default'] : route.key.split(' ')
  const arn = `arn:aws:execute-api:${model.region}:${model.accountId}:${api.id}/${api.stageName}/${method}${path}`
  const permitted = fn.permissions.some(
    ({ principal, sourceArn }) =>
      principal === 'apigateway.amazonaws.com' && (sourceArn === undefined || matchesArn(sourceArn, arn)),
  )
  return permitted ? undefined : `no AWS::Lambda::Permission lets apigateway.amazonaws.com invoke ${fn.name} for ${arn}`
}

async function integrate(settings: ServeSettings, fn: LambdaFunction, event: unknown): Promise<Answer> {
  const { functions, log, integrationTimeoutMs } = settings
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(resolve, integrationTimeoutMs, 'late')
  const result = await Promise.race([functions.invoke(fn.name, event), late])
  clearTimeout(timer)
  if (result === 'late') return gatewayAnswer(503, 'Service Unavailable')
  if (!result.ok) return failed(result)
  const answer = answerOf(result.payload)
  if (typeof answer !== 'string') return answer
  log('api', `${fn.name} gave a malformed answer: ${answer}`)
  return internalError()
}

/** The function's own log says what happened. */
function failed({ reason, errorType }: { reason: string; errorType: string }): Answer {
  if (errorType === 'RequestEntityTooLargeException') return gatewayAnswer(413, 'Request Entity Too Large')
  return reason === 'throttled' ? gatewayAnswer(503, 'Service Unavailable') : internalError()
}
