import { onTestFinished } from 'vitest'
import { startHttpApi } from '../../http-api/http-api.ts'
import type { Api, LambdaFunction, Role } from '../../model.ts'
import type { InvokeResult } from '../../types.ts'
import { ACCOUNT, emptyModel, type Point, REGION } from './functions.ts'

export const FUNCTION_NAME = 'api-function'

/** A function that everything in the API may invoke. */
export const apiFunction: LambdaFunction = {
  logicalId: 'Function',
  name: FUNCTION_NAME,
  arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FUNCTION_NAME}`,
  codeDir: '/nowhere',
  handler: 'index.handler',
  runtime: 'nodejs24.x',
  timeoutSeconds: 3,
  memoryMb: 128,
  environment: {},
  roleArn: `arn:aws:iam::${ACCOUNT}:role/api-function`,
  permissions: [
    {
      principal: 'apigateway.amazonaws.com',
      sourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:api1/*/*`,
    },
  ],
}

/** An open route to the function. */
export const route = (key: string): Api['routes'][number] => ({
  key,
  functionName: FUNCTION_NAME,
  authorization: 'NONE',
})

/** An event of payload 2.0; {@link RestEvent} is that of a REST API. */
export interface ApiEvent {
  readonly routeKey: string
  readonly rawPath: string
  readonly rawQueryString: string
  readonly headers: Record<string, string>
  readonly cookies?: string[]
  readonly queryStringParameters?: Record<string, string>
  readonly pathParameters?: Record<string, string>
  readonly body?: string
  readonly isBase64Encoded: boolean
  readonly requestContext: Record<string, unknown> & { http: Record<string, string>; authorizer?: unknown }
}

/** Serves an API until the test ends. `reply` stands for the function; an object with `ok` is a whole result. */
export async function startApi(options: {
  api?: Partial<Api>
  fn?: Partial<LambdaFunction>
  roles?: readonly Role[]
  integrationTimeoutMs?: number
  reply?: (event: ApiEvent) => unknown
}) {
  const events: ApiEvent[] = []
  const lines: string[] = []
  const points: Point[] = []
  const api: Api = {
    logicalId: 'Api',
    kind: 'http',
    id: 'api1',
    name: 'api',
    stageName: '$default',
    routes: [route('$default')],
    ...options.api,
  }
  const running = await startHttpApi({
    model: { ...emptyModel, apis: [api], functions: [{ ...apiFunction, ...options.fn }], roles: options.roles ?? [] },
    port: 0,
    functions: {
      async invoke(_name, event): Promise<InvokeResult> {
        events.push(event as ApiEvent)
        const payload = await (options.reply ?? ((got: ApiEvent) => ({ routeKey: got.routeKey })))(event as ApiEvent)
        const isResult = typeof payload === 'object' && payload !== null && 'ok' in payload
        return isResult ? (payload as InvokeResult) : { ok: true, payload, durationMs: 1 }
      },
    },
    log: (_source, line) => void lines.push(line),
    metrics: { put: (point) => void points.push(point) },
    integrationTimeoutMs: options.integrationTimeoutMs,
  })
  onTestFinished(() => running.stop())
  return { ...running, events, lines, points }
}
