import type { LambdaFunction } from '../model.ts'

/** What Lambda does without an AWS::Lambda::EventInvokeConfig. */
const DEFAULT = { maximumAgeSeconds: 6 * 3600, maximumRetries: 2 }

/** Lambda tries a throttled event again after 1 s, and waits twice as long each time, up to 5 min. */
const THROTTLED_MS = { first: 1_000, longest: 300_000 }

/** An event whose last attempt failed. Times in ms. */
export interface FailedEvent {
  readonly throttled: boolean
  /** Attempts that failed before this one, and those that were throttled. */
  readonly failures: number
  readonly throttles: number
  readonly ageMs: number
}

export type NextStep =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'drop'; readonly because: 'retries' | 'age'; readonly limit: number }

/**
 * What Lambda does next with an event of an asynchronous invocation. A throttled attempt uses up no retry, but the age counts for it too.
 *
 * @param retryDelaysMs how long Lambda waits before each retry of an event whose function failed
 */
export function nextStep(
  { asyncInvoke = DEFAULT }: Pick<LambdaFunction, 'asyncInvoke'>,
  { throttled, failures, throttles, ageMs }: FailedEvent,
  retryDelaysMs: readonly number[],
): NextStep {
  const { maximumAgeSeconds, maximumRetries } = asyncInvoke
  if (!throttled && failures >= maximumRetries) return { kind: 'drop', because: 'retries', limit: maximumRetries }
  const delayMs = throttled
    ? Math.min(THROTTLED_MS.first * 2 ** throttles, THROTTLED_MS.longest)
    : (retryDelaysMs[failures] ?? retryDelaysMs.at(-1) ?? 0)
  if (ageMs + delayMs > maximumAgeSeconds * 1000) return { kind: 'drop', because: 'age', limit: maximumAgeSeconds }
  return { kind: 'retry', delayMs }
}
