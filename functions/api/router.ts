import {
  MethodNotAllowedError,
  NotFoundError,
  ParameterValidationError,
  Router,
} from '@aws-lambda-powertools/event-handler/http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { ChangeRefusedError } from '../../shared/errors.ts'
import { utf8 } from '../../shared/write.ts'
import { isBusy } from '../aws/faults.ts'
import { type Answer, busy, notFound, problem } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import type { Route } from './route.ts'

type Resolve = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>

/** No id is longer; DynamoDB refuses keys of more than 1,024 bytes. */
const longestParam = 500

/** Powertools finds the route; what it answers, also to a fault, is decided here. */
export function router(routes: readonly Route[], deps: ApiDeps, report: (fault: unknown) => void): Resolve {
  const router = new Router()
  for (const { method, path, answer } of routes) {
    router.route(
      async ({ params, event }) => {
        const original = (event as unknown as Lean).original
        if (Object.values(params).some((param) => utf8(param) > longestParam)) return response(notFound('such thing'))
        return response(await guarded(() => answer(deps, { params, event: original }), report))
      },
      { method, path },
    )
  }
  router.notFound(async (_, { req }) => response(unmatched(routes, new URL(req.url).pathname)))
  router.methodNotAllowed(async () => response(methodNotAllowed()))
  router.errorHandler(Error, async (error) => response(faultAnswer(error, report)))
  return (event, context) => router.resolve(lean(event), context)
}

type Lean = APIGatewayProxyEventV2 & { original: APIGatewayProxyEventV2 }

/**
 * Only what routing needs: a header or body that a web Request does not take must be answered by us, not fail there.
 * API Gateway has decoded the path; encoded again, a space or question mark in an id is no end of the path.
 */
function lean(event: APIGatewayProxyEventV2): Lean {
  const { body: _, ...rest } = event
  const rawPath = event.rawPath.split('/').map(encodeURIComponent).join('/')
  return { ...rest, rawPath, headers: {}, cookies: [], rawQueryString: '', isBase64Encoded: false, original: event }
}

/** Powertools tells no wrong method from a wrong path. */
function unmatched(routes: readonly Route[], path: string): Answer {
  const allowed = routes.filter((route) => new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}/?$`).test(path))
  if (allowed.length > 0) return methodNotAllowed(allowed.map(({ method }) => method))
  return problem(404, 'There is no such path. GET /openapi.json lists what there is.')
}

function methodNotAllowed(allowed: readonly string[] = []): Answer {
  return problem(405, 'This path does not take this method.', undefined, { allow: allowed.join(', ') })
}

async function guarded(answer: () => Promise<Answer> | Answer, report: (fault: unknown) => void): Promise<Answer> {
  try {
    return await answer()
  } catch (error) {
    return faultAnswer(error, report)
  }
}

function faultAnswer(error: unknown, report: (fault: unknown) => void): Answer {
  // The second one: an id of nothing but spaces.
  if (error instanceof NotFoundError || error instanceof ParameterValidationError) {
    return problem(404, 'There is no such path.')
  }
  if (error instanceof MethodNotAllowedError) return methodNotAllowed()
  if (error instanceof URIError) return problem(400, 'The path is not correctly percent-encoded.')
  if (error instanceof ChangeRefusedError) return problem(422, error.message, [{ path: '', message: error.message }])
  report(error)
  return isBusy(error) ? busy() : problem(500, 'Something failed here. The log has the details under this request id.')
}

function response({ status, body, headers = {} }: Answer) {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    // Not '': an answer 204 may have no body at all, not even an empty one.
    body: body === undefined ? undefined : JSON.stringify(body),
  }
}
