import type { Api, StackModel } from '../model.ts'
import type { Authorized } from './dialect.ts'
import { commonLogTime, traceId } from './event.ts'
import type { ApiRequest } from './request.ts'
import type { RouteMatch } from './routes.ts'

type Lists = Readonly<Record<string, readonly string[]>>

/** The event of payload format 1.0. Path and parameters stay encoded, names of headers as the client wrote them. */
export function restEventOf(
  { accountId }: StackModel,
  api: Api,
  request: ApiRequest,
  { route, pathParameters }: RouteMatch,
  authorizer: Authorized | undefined,
): object {
  const [, resource = '/'] = route.key.split(' ')
  const headers = listsOf([...request.rawHeaders, ...forwarded(request)])
  const query = listsOf([...new URLSearchParams(request.rawQuery)])
  return {
    resource,
    path: request.path,
    httpMethod: request.method,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: orNull(lastOf(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: orNull(pathParameters),
    stageVariables: null,
    requestContext: contextOf(accountId, api, request, resource, authorizer),
    ...bodyOf(api, request),
  }
}

function contextOf(
  accountId: string,
  api: Api,
  request: ApiRequest,
  resource: string,
  authorizer: Authorized | undefined,
) {
  const { iam } = authorizer ?? {}
  const domainName = (request.headers.host ?? '').replace(/:\d+$/, '')
  return {
    accountId,
    apiId: api.id,
    domainName,
    domainPrefix: domainName.split('.')[0],
    extendedRequestId: request.requestId,
    httpMethod: request.method,
    identity: {
      accessKey: iam?.accessKey ?? null,
      accountId: iam?.accountId ?? null,
      caller: iam?.callerId ?? null,
      cognitoIdentityId: null,
      sourceIp: request.sourceIp,
      user: iam?.userId ?? null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: iam?.userArn ?? null,
    },
    path: request.rawPath,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: commonLogTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt.getTime(),
    resourceId: resource,
    resourcePath: resource,
    stage: api.stageName,
  }
}

function bodyOf(api: Api, { body, headers }: ApiRequest) {
  if (body.length === 0) return { body: null, isBase64Encoded: false }
  const isBase64Encoded = isBinary(api, headers['content-type'])
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded }
}

/** A REST API takes for binary what its BinaryMediaTypes name, and everything else for text. */
export function isBinary({ binaryMediaTypes = [] }: Api, type: string | undefined): boolean {
  const wanted = (type ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return binaryMediaTypes.some((known) => known === '*/*' || known.toLowerCase() === wanted)
}

function forwarded({ headers, sourceIp }: ApiRequest): [string, string][] {
  const { host = '' } = headers
  return [
    ...(headers['x-amzn-trace-id'] ? [] : [['X-Amzn-Trace-Id', traceId()] as [string, string]]),
    ['X-Forwarded-For', sourceIp],
    ['X-Forwarded-Port', /:(\d+)$/.exec(host)?.[1] ?? '80'],
    ['X-Forwarded-Proto', 'http'],
  ]
}

function listsOf(pairs: readonly (readonly [string, string])[]): Lists {
  const lists: Record<string, string[]> = {}
  for (const [name, value] of pairs) lists[name] = [...(lists[name] ?? []), value]
  return lists
}

/** Where there is room for one value, the last one is given. */
const lastOf = (lists: Lists) => Object.fromEntries(Object.entries(lists).map(([name, all]) => [name, all.at(-1)]))

const orNull = <T extends object>(value: T): T | null => (Object.keys(value).length > 0 ? value : null)
