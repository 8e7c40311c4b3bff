import { answerOf, gatewayAnswer, internalError } from './answer.ts'
import type { Dialect } from './dialect.ts'
import { eventOf } from './event.ts'

/** An HTTP API: payload 2.0. */
export const httpDialect: Dialect = {
  says: {
    badPath: gatewayAnswer(400, 'Bad Request'),
    noStage: gatewayAnswer(404, 'Not Found'),
    noRoute: gatewayAnswer(404, 'Not Found'),
    tooLarge: gatewayAnswer(413, 'Request Entity Too Large'),
    throttled: gatewayAnswer(429, 'Too Many Requests'),
    unsigned: gatewayAnswer(403, 'Forbidden'),
    forbidden: gatewayAnswer(403, 'Forbidden'),
    misconfigured: internalError(),
    functionFailed: internalError(),
    functionThrottled: gatewayAnswer(503, 'Service Unavailable'),
    late: gatewayAnswer(503, 'Service Unavailable'),
  },
  // An HTTP API says the same whatever IAM refused.
  wrongSignature: () => gatewayAnswer(403, 'Forbidden'),
  longestIntegrationMs: 30_000,
  eventOf,
  answerOf,
  requestIdHeaders: (requestId) => ({ 'apigw-requestid': requestId }),
  dimensionsOf: ({ id, stageName }) => [{ ApiId: id }, { ApiId: id, Stage: stageName }] as const,
  errorMetrics: { client: '4xx', server: '5xx' },
}
