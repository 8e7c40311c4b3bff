import type { StageConfig } from '../config/stage-config.ts'

/**
 * Fields of a line in the access log: the caller, the request and its outcome. There is no query, header or body, which
 * could hold personal data. The line is short, because at many requests it is most of the log. CloudWatch adds the time.
 */
export function accessLogFields({ authorization }: Pick<StageConfig, 'authorization'>): Record<string, string> {
  return {
    requestId: '$context.requestId',
    ip: '$context.identity.sourceIp',
    ...(authorization === 'iam' ? { caller: '$context.identity.userArn' } : {}),
    ...(authorization === 'jwt' ? { caller: '$context.authorizer.claims.sub' } : {}),
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    ms: '$context.responseLatency',
    integrationMs: '$context.integrationLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }
}
