import { randomBytes } from 'node:crypto'
import type { Api, StackModel } from '../model.ts'
import type { Authorized } from './dialect.ts'
import type { ApiRequest } from './request.ts'
import type { RouteMatch } from './routes.ts'

/** Only these reach a function as text. All else does so in base64, also form data and a body of unnamed type. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\s*(;|$))/i

/** The event of payload format 2.0. */
export function eventOf(
  { accountId }: StackModel,
  api: Api,
  request: ApiRequest,
  { route, pathParameters }: RouteMatch,
  authorizer: Authorized | undefined,
) {
  const { method, rawPath, headers, receivedAt, requestId } = request
  const { cookie, ...otherHeaders } = headers
  const domainName = (headers.host ?? '').replace(/:\d+$/, '')
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath,
    rawQueryString: request.rawQuery,
    ...(cookie && { cookies: cookiesOf(cookie) }),
    headers: { ...otherHeaders, ...forwarded(request) },
    ...(request.rawQuery && { queryStringParameters: queryOf(request.rawQuery) }),
    requestContext: {
      accountId,
      apiId: api.id,
      ...(authorizer && { authorizer: authorizerOf(authorizer) }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method,
        path: rawPath,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.key,
      stage: api.stageName,
      time: commonLogTime(receivedAt),
      timeEpoch: receivedAt.getTime(),
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...bodyOf(request),
  }
}

function authorizerOf({ iam, ...jwt }: Authorized) {
  return iam ? { iam: { ...iam, cognitoIdentity: null, principalOrgId: null } } : jwt
}

function bodyOf({ body, headers }: ApiRequest) {
  if (body.length === 0) return { isBase64Encoded: false }
  const isBase64Encoded = !TEXT.test(headers['content-type'] ?? '')
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded }
}

/** What the gateway adds about the way the request came. */
function forwarded({ headers, sourceIp, body }: ApiRequest): Record<string, string> {
  const { host = '' } = headers
  return {
    'content-length': String(body.length),
    'x-amzn-trace-id': headers['x-amzn-trace-id'] ?? traceId(),
    'x-forwarded-for': headers['x-forwarded-for'] ? `${headers['x-forwarded-for']}, ${sourceIp}` : sourceIp,
    'x-forwarded-port': /:(\d+)$/.exec(host)?.[1] ?? '80',
    'x-forwarded-proto': 'http',
  }
}

/** As X-Ray writes it: `Root=1-<seconds>-<id>`. */
export function traceId(): string {
  return `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`
}

/** Cookies without a name do not pass. */
const cookiesOf = (header: string) =>
  header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.indexOf('=') > 0)

/** Decoded; the values of a repeated parameter joined by commas. */
function queryOf(rawQuery: string): Record<string, string> {
  const query = new URLSearchParams(rawQuery)
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]))
}

/** `12/Mar/2020:19:03:58 +0000` */
export function commonLogTime(at: Date): string {
  const [, day, month, year, time] = at.toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
