import type { LambdaFunction, StackModel } from '../model.ts'
import { accessKeyId, LOCAL_SECRET } from '../types.ts'

/**
 * All that a function finds in `process.env`: the template's variables and what Lambda sets, nothing of this machine but PATH.
 * Variables that Lambda reserves win over the template's; the rest of Lambda's are defaults.
 *
 * @param session hex digits that no other process has: name of its log stream, and the session token that it signs with
 */
export function environmentOf(
  fn: LambdaFunction,
  model: StackModel,
  gatewayUrl: string,
  session: string,
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    ...fn.environment,
    _HANDLER: fn.handler,
    AWS_ACCESS_KEY_ID: accessKeyId({ kind: 'function', functionName: fn.name }),
    AWS_DEFAULT_REGION: model.region,
    AWS_ENDPOINT_URL: gatewayUrl,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    ...(fn.logLevel ? { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: fn.logLevel } : {}),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(new Date(), session),
    AWS_REGION: model.region,
    AWS_SECRET_ACCESS_KEY: LOCAL_SECRET,
    AWS_SESSION_TOKEN: session,
    LAMBDA_TASK_ROOT: fn.codeDir,
  }
}

/** `2026/11/21/[$LATEST]<32 hex digits>`: one stream a process. */
function logStreamName(now: Date, session: string): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[$LATEST]${session}`
}
