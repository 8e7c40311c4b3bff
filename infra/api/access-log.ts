import type { StageConfig } from '../config/config.ts'

/**
 * What the gateway logs of a request: who asked for what and how it went; no query, header or body, which could hold personal
 * data. As short as that allows: at many requests this is most of what is logged. CloudWatch adds the time.
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
