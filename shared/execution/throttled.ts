/** Throttled calls: a service refused a call of a job because of too many calls. */
import { errorLine, RetryAfterError } from '../define/errors.ts'
import { isThrottlingError } from '../lib/aws-errors.ts'

/** A chain of causes is followed no further: it may lead back to itself. */
const longestChain = 10

/**
 * What the error of a job says of a throttled call, itself or in its causes.
 *
 * @returns `undefined` if it says nothing of one
 */
export function throttledError(error: unknown): RetryAfterError | undefined {
  const chain = causesOf(error)
  const own = chain.find((one) => one instanceof RetryAfterError)
  const isThrottled = own !== undefined || chain.some(isThrottlingError)
  if (!isThrottled) return undefined
  return error === own ? own : new RetryAfterError(own?.seconds, errorLine(error))
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let one = error; one instanceof Error && chain.length < longestChain; one = one.cause) chain.push(one)
  return chain
}
