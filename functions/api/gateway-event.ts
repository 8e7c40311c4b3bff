import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda'

/** A request as an HTTP API hands it over (payload 2.0), or a REST API (1.0). */
export type ApiEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent

/** The request in the shape that the routes read, that of payload 2.0. */
export function asPayload2(event: ApiEvent): APIGatewayProxyEventV2 {
  return 'httpMethod' in event ? fromPayload1(event) : event
}

/** The answer in the shape that both API types take; a REST API refuses one that holds anything else. */
export function asResult(answer: APIGatewayProxyStructuredResultV2): APIGatewayProxyResult {
  const { statusCode = 200, headers, body = '', isBase64Encoded = false } = answer
  return { statusCode, headers, body, isBase64Encoded }
}

function fromPayload1(event: APIGatewayProxyEvent): APIGatewayProxyEventV2 {
  const { requestContext: context, httpMethod } = event
  const rawPath = decodedPath(event.path)
  return {
    version: '2.0',
    routeKey: event.resource,
    rawPath,
    rawQueryString: '',
    headers: joined(event.multiValueHeaders, (name) => name.toLowerCase()),
    queryStringParameters: joined(event.multiValueQueryStringParameters),
    ...(event.body === null ? {} : { body: event.body }),
    isBase64Encoded: event.isBase64Encoded,
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      domainName: context.domainName ?? '',
      domainPrefix: context.domainPrefix ?? '',
      http: {
        method: httpMethod,
        path: rawPath,
        protocol: context.protocol,
        sourceIp: context.identity.sourceIp,
        userAgent: context.identity.userAgent ?? '',
      },
      requestId: context.requestId,
      routeKey: event.resource,
      stage: context.stage,
      time: context.requestTime ?? '',
      timeEpoch: context.requestTimeEpoch,
      // Who has signed: what an HTTP API puts under `authorizer.iam`.
      ...(context.identity.userArn ? { authorizer: { iam: { userArn: context.identity.userArn } } } : {}),
    },
  }
}

/** An HTTP API decodes the path, a REST API leaves it as it came. What is no encoding stays, and no route matches it. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Payload 2.0 joins the values of what is repeated by commas, 1.0 keeps them apart; `null` is nothing at all. */
function joined(
  values: Readonly<Record<string, readonly string[] | undefined>> | null,
  nameOf: (name: string) => string = (name) => name,
): Record<string, string> {
  const pairs = Object.entries(values ?? {}).map(([name, list]) => [nameOf(name), (list ?? []).join(',')] as const)
  return Object.fromEntries(pairs)
}
