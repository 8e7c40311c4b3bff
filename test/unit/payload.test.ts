/** A REST API's request is read as if an HTTP API had sent it, and its answer holds nothing that a REST API refuses. */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { callerOf } from '../../functions/api/caller.ts'
import { asPayload2, asResult } from '../../functions/api/gateway-event.ts'

function restEvent(own: Partial<APIGatewayProxyEvent> = {}, identity: object = {}): APIGatewayProxyEvent {
  return {
    resource: '/{proxy+}',
    path: '/jobs/a%20b%2Fc',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Tag': 'b' },
    multiValueHeaders: { 'Content-Type': ['application/json'], 'X-Tag': ['a', 'b'] },
    queryStringParameters: { tag: 'y' },
    multiValueQueryStringParameters: { tag: ['x', 'y'] },
    pathParameters: { proxy: 'jobs/a%20b%2Fc' },
    stageVariables: null,
    body: '{"ü":1}',
    isBase64Encoded: false,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api1',
      httpMethod: 'POST',
      identity: { sourceIp: '192.0.2.1', userAgent: 'tester/1', userArn: null, ...identity },
      path: '/dev/jobs/a%20b%2Fc',
      protocol: 'HTTP/1.1',
      requestId: 'r1',
      requestTimeEpoch: 1_700_000_000_000,
      resourceId: 'res1',
      resourcePath: '/{proxy+}',
      stage: 'dev',
    } as unknown as APIGatewayProxyEvent['requestContext'],
    ...own,
  }
}

describe('the request of a REST API', () => {
  test('has a decoded path, names in lower case, and repeated values joined by commas', () => {
    const event = asPayload2(restEvent())
    expect(event).toMatchObject({
      rawPath: '/jobs/a b/c',
      headers: { 'content-type': 'application/json', 'x-tag': 'a,b' },
      queryStringParameters: { tag: 'x,y' },
      body: '{"ü":1}',
      isBase64Encoded: false,
    })
    expect(event.requestContext.http.method).toBe('POST')
  })

  test('may have no body, no query, and a path that is no encoding', () => {
    const bare = { body: null, multiValueQueryStringParameters: null, queryStringParameters: null, path: '/jobs/100%' }
    const event = asPayload2(restEvent(bare))
    expect(event).not.toHaveProperty('body')
    expect(event.queryStringParameters).toEqual({})
    expect(event.rawPath).toBe('/jobs/100%')
  })

  test('says who has signed it', () => {
    const userArn = 'arn:aws:sts::123456789012:assumed-role/shop/session'
    expect(callerOf(asPayload2(restEvent({}, { userArn })))).toBe(userArn)
    expect(callerOf(asPayload2(restEvent()))).toBe('anonymous')
  })
})

test('the request of an HTTP API stays as it is', () => {
  const event = asPayload2(restEvent())
  expect(asPayload2(event)).toBe(event)
})

test('an answer holds only the fields that both API types accept', () => {
  const answer = { statusCode: 200, headers: { a: 'b' }, cookies: [], body: '{}' }
  expect(asResult(answer)).toEqual({ statusCode: 200, headers: { a: 'b' }, body: '{}', isBase64Encoded: false })
  expect(asResult({ statusCode: 204 })).toEqual({ statusCode: 204, body: '', isBase64Encoded: false })
})
