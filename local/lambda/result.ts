import type { LambdaFunction } from '../model.ts'
import type { InvokeResult } from '../types.ts'
import type { Ending } from './ending.ts'

/** Lambda's limit for the payload of a synchronous invocation. */
export const REQUEST_LIMIT = 6 * 1024 * 1024
/** A response may be 100 bytes longer. */
const RESPONSE_LIMIT = REQUEST_LIMIT + 100

type Failed = Extract<InvokeResult, { ok: false }>

const failed = (reason: Failed['reason'], errorType: string, errorMessage: string, durationMs = 0): Failed => ({
  ok: false,
  reason,
  errorType,
  errorMessage,
  durationMs,
})

export const throttled = () =>
  failed('throttled', 'TooManyRequestsException', 'Rate Exceeded (the reserved concurrency of the function is in use)')

export const stopped = () => failed('exit', 'Runtime.ExitError', 'The local stack is stopping; start it and try again')

export const requestTooLarge = (bytes: number) =>
  failed(
    'payload-too-large',
    'RequestEntityTooLargeException',
    `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${REQUEST_LIMIT} bytes)`,
  )

/** How an invocation ended, as its caller sees it. */
export function resultOf(fn: LambdaFunction, requestId: string, ending: Ending): InvokeResult {
  const { durationMs } = ending
  if (ending.kind === 'timed-out') {
    return failed('timeout', 'Sandbox.Timedout', `RequestId: ${requestId} Error: ${timedOut(fn)}`, durationMs)
  }
  if (ending.kind === 'died') return died(requestId, ending)
  if (ending.memoryMb > fn.memoryMb) {
    return died(requestId, { ...ending, kind: 'died', how: 'signal: killed', outOfMemory: true })
  }
  if (ending.kind === 'failed') {
    return failed('error', ending.error.errorType, ending.error.errorMessage, durationMs)
  }
  if (Buffer.byteLength(ending.payload) > RESPONSE_LIMIT) {
    const text = `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT} bytes).`
    return failed('payload-too-large', 'Function.ResponseSizeTooLarge', text, durationMs)
  }
  return { ok: true, payload: JSON.parse(ending.payload), durationMs }
}

/** A function that could not be loaded never ran, so its invocation took no time. */
export function initResultOf(fn: LambdaFunction, requestId: string, ending: Ending): InvokeResult {
  const result = resultOf(fn, requestId, ending)
  if (result.ok) throw new Error(`${fn.name} was loaded, yet its loading is reported as failed`)
  const reason = result.reason === 'error' || result.reason === 'exit' ? 'init' : result.reason
  return { ...result, reason, durationMs: 0 }
}

/** Lambda's words, with two decimals. */
export const timedOut = (fn: LambdaFunction) => `Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`

function died(requestId: string, { how, outOfMemory, durationMs }: Extract<Ending, { kind: 'died' }>): Failed {
  const what = how === '' ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`
  const [reason, errorType] = outOfMemory
    ? (['out-of-memory', 'Runtime.OutOfMemory'] as const)
    : (['exit', 'Runtime.ExitError'] as const)
  return failed(reason, errorType, `RequestId: ${requestId} Error: ${what}`, durationMs)
}
