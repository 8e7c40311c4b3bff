/** Sends requests to routes as the gateway hands them over, without a gateway. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { ApiDeps, OperatorServices } from '../../functions/api/deps.ts'
import type { Route } from '../../functions/api/route.ts'
import { router } from '../../functions/api/router.ts'
import { simIds } from './random.ts'
import { simClock } from './sim-clock.ts'

export interface TestRequest {
  readonly method?: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown
  /** Idempotency-Key. */
  readonly key?: string
  /** ARN of the caller. @default - anonymous */
  readonly by?: string
}

export interface TestAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape; a wrong path fails the test that takes it
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

/**
 * The API of some routes, open to everybody. A fault of a route is thrown.
 *
 * @param deps only what these routes use; clock and ids are there without being given
 */
export function apiOf(routes: readonly Route<OperatorServices>[], deps: object) {
  const all = { clock: simClock(), ids: simIds(), authorization: { type: 'none' }, ...deps } as unknown as ApiDeps
  const resolve = router(routes, all, (fault) => {
    throw fault
  })
  return async (request: TestRequest): Promise<TestAnswer> => {
    const { statusCode = 0, body, headers = {} } = await resolve(eventOf(request))
    return { status: statusCode, body: body === undefined ? undefined : JSON.parse(body), headers }
  }
}

/** A request as an HTTP API hands it over. */
export function eventOf({ method = 'GET', path, query, body, key, by }: TestRequest): APIGatewayProxyEventV2 {
  return {
    rawPath: path,
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    queryStringParameters: query,
    requestContext: { http: { method }, authorizer: by ? { iam: { userArn: by } } : undefined },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2
}
