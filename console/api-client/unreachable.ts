import type { ApiEndpoint } from './endpoint.ts'
import { exit, Failure } from './failure.ts'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up; are you online?',
  TimeoutError: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
}

/** No answer came: why, as far as can be told. What a command was interrupted by, or knows already, passes unchanged. */
export function unreachable(error: unknown, { url, sign }: Pick<ApiEndpoint, 'url' | 'sign'>): unknown {
  if (error instanceof Failure || (error as Error | undefined)?.name === 'AbortError') return error
  const code = codeOf(error)
  const { message, cause } = (error ?? {}) as Error
  const reason = reasons[code] ?? ((cause as Error | undefined)?.message || message || String(error))
  const next = sign
    ? 'Check the network and --stage, --stack and --region'
    : 'Start a stack with `outbox start`, or name another with --url, --stage or --stack'
  return new Failure(exit.unreachable, `Cannot reach the API at ${url}: ${reason}. ${next}`, { cause: error })
}

/** Fetch wraps what happened, and a host with two addresses gives an error for each. */
export function codeOf(error: unknown): string {
  const { code, name, cause, errors } = (error ?? {}) as Error & { code?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  if (cause !== undefined) return codeOf(cause)
  if (errors?.[0] !== undefined) return codeOf(errors[0])
  return name ?? ''
}
