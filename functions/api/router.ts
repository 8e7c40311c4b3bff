import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { BatchRefusedError, ChangeRefusedError } from '../../shared/define/errors.ts'
import { illFormedPath } from '../../shared/lib/well-formed.ts'
import { utf8 } from '../../shared/lib/write.ts'
import { commitRequest } from '../../shared/outbox/commit-request.ts'
import { executeCommand } from '../../shared/outbox/execute-command.ts'
import { isBusy } from '../aws/faults.ts'
import { accessProblem } from './access.ts'
import { type Answer, badQuery, busy, notFound, problem } from './answer.ts'
import { traceparentOf } from './caller.ts'
import type { ApiDeps, OperatorServices } from './deps.ts'
import { illFormed } from './json.ts'
import { readRequest } from './request.ts'
import type { Route } from './route.ts'

export type Resolve = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>

/** No id is longer; DynamoDB refuses keys of more than 1,024 bytes. */
const longestParam = 500

/** Answers requests: finds the route, checks who calls, reads the request as the route declares it, and calls its handler. The gateway has decoded the path. */
export function router(
  routes: readonly Route<OperatorServices>[],
  deps: ApiDeps,
  report: (fault: unknown) => void,
): Resolve {
  const patterns = routes.map((route) => ({ route, pattern: patternOf(route.path) }))
  return async (event) => {
    const unreadable = textProblem(event)
    if (unreadable) return response(unreadable)
    const here = patterns.flatMap(({ route, pattern }) => {
      const match = pattern.exec(event.rawPath)
      return match ? [{ route, params: match.groups ?? {} }] : []
    })
    const found = here.find(({ route }) => route.method === event.requestContext.http.method)
    if (!found) return response(unmatched(here.map(({ route }) => route.method)))
    const { route, params } = found
    const forbidden = accessProblem(route, deps.authorization, event)
    if (forbidden) return response(forbidden)
    if (Object.values(params).some((param) => utf8(param) > longestParam)) return response(notFound('such thing'))
    const request = { method: route.method, route: route.path, traceparent: traceparentOf(event) }
    const answer = (traceparent: string | undefined) =>
      guarded(() => answerOf(deps, route, params, event, traceparent), report)
    return response(await (deps.trace ? deps.trace(request, answer) : answer(request.traceparent)))
  }
}

async function answerOf(
  deps: ApiDeps,
  route: Route<OperatorServices>,
  params: object,
  event: APIGatewayProxyEventV2,
  traceparent: string | undefined,
): Promise<Answer> {
  const request = readRequest(deps, route, params, event, traceparent)
  if (!request.ok) return request.answer
  return route.handle(request.value, {
    ...deps,
    execute: (command, input) => executeCommand(deps, command, input, request.value),
    commit: (change) => commitRequest(deps, request.value, change),
  })
}

/** What is wrong with a text outside of the body. A gateway decodes paths and queries, so half a character may come of it. */
function textProblem({ rawPath, queryStringParameters = {}, headers }: APIGatewayProxyEventV2): Answer | undefined {
  if (!rawPath.isWellFormed()) return problem(400, `The path ${illFormed}.`)
  const header = Object.entries(headers).find(([, value]) => value?.isWellFormed() === false)
  if (header) return problem(400, `The header "${header[0].toWellFormed()}" ${illFormed}.`)
  const path = illFormedPath(queryStringParameters)
  return path === undefined ? undefined : badQuery([{ path, message: illFormed }])
}

/** `/jobs/:id/cancel` matches `/jobs/7/cancel`, with `id` as a group. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`)
}

function unmatched(allowed: readonly string[]): Answer {
  if (allowed.length === 0) return problem(404, 'There is no such path. GET /openapi.json lists what there is.')
  return problem(405, 'This path does not take this method.', undefined, { allow: allowed.join(', ') })
}

async function guarded(answer: () => Promise<Answer> | Answer, report: (fault: unknown) => void): Promise<Answer> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof BatchRefusedError) return problem(error.reason === 'unknown' ? 404 : 409, error.message)
    if (error instanceof ChangeRefusedError) return problem(422, error.message, error.problems)
    report(error)
    return isBusy(error)
      ? busy()
      : problem(500, 'Something failed here. The log has the details under this request id.')
  }
}

function response({ status, body, headers = {} }: Answer): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    // Not '': an answer 204 may have no body at all, not even an empty one.
    body: body === undefined ? undefined : JSON.stringify(body),
  }
}
