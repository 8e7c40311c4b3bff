import { randomUUID } from 'node:crypto'
import { type Answer, gatewayAnswer } from './answer.ts'
import type { Dialect } from './dialect.ts'
import { restAnswerOf } from './rest-answer.ts'
import { restEventOf } from './rest-event.ts'

/** A REST API: payload 1.0. Its own answers name the kind of error in a header. */
export const restDialect: Dialect = {
  says: {
    badPath: says(400, 'Bad Request', 'BadRequestException'),
    noStage: says(403, 'Forbidden', 'ForbiddenException'),
    // What it says of a path that no resource has, to everybody's confusion.
    noRoute: says(403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'),
    tooLarge: says(413, 'HTTP content length exceeded 10485760 bytes.', 'RequestTooLargeException'),
    throttled: says(429, 'Too Many Requests', 'TooManyRequestsException'),
    unsigned: says(403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'),
    forbidden: says(403, 'User is not authorized to access this resource', 'AccessDeniedException'),
    misconfigured: says(500, 'Internal server error', 'InternalServerErrorException'),
    functionFailed: says(502, 'Internal server error', 'InternalServerErrorException'),
    functionThrottled: says(500, 'Internal server error', 'InternalServerErrorException'),
    late: says(504, 'Endpoint request timed out', 'InternalServerErrorException'),
  },
  wrongSignature: ({ canonical, toSign }) =>
    says(
      403,
      `The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'${canonical}'\n\nThe String-to-Sign should have been\n'${toSign}'\n`,
      'InvalidSignatureException',
    ),
  longestIntegrationMs: 29_000,
  eventOf: restEventOf,
  answerOf: restAnswerOf,
  requestIdHeaders: (requestId) => ({ 'x-amzn-requestid': randomUUID(), 'x-amz-apigw-id': requestId }),
  dimensionsOf: ({ name, stageName }) => [{ ApiName: name }, { ApiName: name, Stage: stageName }] as const,
  errorMetrics: { client: '4XXError', server: '5XXError' },
}

function says(status: number, message: string, errorType: string): Answer {
  return gatewayAnswer(status, message, { 'x-amzn-errortype': errorType })
}
