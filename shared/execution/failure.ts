/** The consequence of a failed attempt: another one later, or death. */

import { type Backoff, longestWait } from '../define/backoff.ts'
import {
  ChangeRefusedError,
  errorLine,
  NotDeployedError,
  PermanentError,
  RetryAfterError,
  UnknownOutcomeError,
} from '../define/errors.ts'
import { redactedText } from '../define/redact.ts'
import type { LaneMessage } from '../lib/ports.ts'
import { backoffSeconds } from '../lib/retry.ts'
import type { Write } from '../lib/write.ts'
import { breakerCount } from './breaker-count.ts'
import { comeBack } from './come-back.ts'
import type { ConsumerDeps, Outcome } from './consumer.ts'
import { die } from './death.ts'
import { failWrite, postponeWrite, throttleWrite, type WaitingEnd } from './effect/end-writes.ts'
import { allowedAttempts } from './effect/lease.ts'
import { endOf, type FailedAttempt, throttledFor, waitedFor } from './failed-attempt.ts'
import { policyOf, unknownType } from './policy.ts'

/** Time that a job waits for code that knows it, in ms: longer than a deploy takes. */
const deployTimeout = 40 * 60_000

/** Time in which throttled attempts do not count, in ms: some days of a daily quota of SES. */
const throttleTimeout = 3 * 86_400_000

/** Waits after throttled attempts, in seconds. The longest is far below the timeout, so that a job has many tries in it. */
const throttleWaits = { baseSeconds: 1, capSeconds: 3_600 }

/** Decides what follows when an attempt throws. */
export async function fail(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: FailedAttempt,
  error: unknown,
): Promise<Outcome> {
  const { payload, type } = attempt.envelope
  const reason = errorLine(error, (text) => redactedText(text, payload, deps.registry.jobs.get(type)))
  if (error instanceof NotDeployedError && waitedFor(deps, attempt) < deployTimeout)
    return postpone(deps, message, attempt, reason)
  if (error instanceof RetryAfterError && throttledFor(deps, attempt) < throttleTimeout)
    return throttle(deps, message, attempt, reason, error)
  return isHopeless(error) || attempt.effect.attempts >= allowed(deps, attempt)
    ? die(deps, message, attempt, reason)
    : retry(deps, message, attempt, reason)
}

/** Decides what follows when a process died in the last attempt, or in one that must not be repeated. */
export async function crash(deps: ConsumerDeps, message: LaneMessage, attempt: FailedAttempt): Promise<Outcome> {
  if (policyOf(deps.registry, attempt.envelope) === unknownType && waitedFor(deps, attempt) < deployTimeout) {
    return comeBack(deps, message, attempt.envelope, deps.clock.now().getTime() + deployWait(deps, attempt) * 1000)
  }
  const reason = `CrashError: the process died during attempt ${attempt.effect.attempts} of ${allowed(deps, attempt)}; what it did outside is unknown`
  return die(deps, message, attempt, reason)
}

function allowed({ registry }: ConsumerDeps, { effect, envelope }: FailedAttempt): number {
  return allowedAttempts(effect, policyOf(registry, envelope).maxAttempts)
}

/** Whether trying again is useless, or forbidden. */
function isHopeless(error: unknown): boolean {
  return [PermanentError, ChangeRefusedError, UnknownOutcomeError, NotDeployedError].some(
    (kind) => error instanceof kind,
  )
}

async function retry(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: FailedAttempt,
  error: string,
): Promise<Outcome> {
  const { envelope, effect } = attempt
  const { backoff, maxAttempts } = policyOf(deps.registry, envelope)
  // Attempts of this life: a redriven job waits as briefly at first as a new one.
  const nth = Math.max(1, effect.attempts - (allowed(deps, attempt) - maxAttempts))
  const seconds = Math.ceil(backoffSeconds(backoff, nth, deps.clock.random()))
  return waitFor(deps, message, attempt, error, { seconds, write: failWrite, failing: breakerCount(deps, attempt) })
}

/** The code for the job is not there yet: it comes back for it, and has lost no attempt. */
function postpone(deps: ConsumerDeps, message: LaneMessage, attempt: FailedAttempt, error: string): Promise<Outcome> {
  const { deaths } = attempt.effect
  const wait = { seconds: deployWait(deps, attempt), write: (end: WaitingEnd) => postponeWrite(end, deaths) }
  return waitFor(deps, message, attempt, error, wait)
}

/** A service has taken nothing of this attempt: it comes back when there are fewer calls, and has lost no attempt. */
function throttle(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: FailedAttempt,
  reason: string,
  { seconds: wanted = 0 }: RetryAfterError,
): Promise<Outcome> {
  const asked = Number.isNaN(Number(wanted)) ? 0 : Math.min(wanted, longestWait)
  const seconds = Math.ceil(Math.max(asked, growingWait(deps, throttledFor(deps, attempt), throttleWaits)))
  return waitFor(deps, message, attempt, reason, { seconds, write: throttleWrite, kind: 'throttled' })
}

interface Wait {
  readonly seconds: number
  readonly write: (end: WaitingEnd) => Write
  /** What it is told as. @default 'retrying' */
  readonly kind?: 'retrying' | 'throttled'
  /** @default - the attempt does not count for a circuit breaker */
  readonly failing?: number | undefined
}

/** Notes the wait in the effect, where it holds for every message of the job, and lets this one come back when it is over. */
async function waitFor(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: FailedAttempt,
  error: string,
  { seconds, write, kind = 'retrying', failing }: Wait,
): Promise<Outcome> {
  const { envelope, effect } = attempt
  const end = endOf(deps, attempt, error)
  const notBefore = end.now.getTime() + seconds * 1000
  const noted = await deps.store.write(write({ ...end, notBefore }))
  if (noted.kind === 'written') {
    deps.observe({ kind, job: envelope, attempt: effect.attempts, error, seconds, failing })
    return comeBack(deps, message, envelope, notBefore)
  }
  // Another attempt has the job: its message comes back and sees.
  await deps.queue.changeVisibility(message, 1)
  return 'return'
}

/** The wait until a job tries its code again, in seconds. */
function deployWait(deps: ConsumerDeps, attempt: FailedAttempt): number {
  return Math.ceil(growingWait(deps, waitedFor(deps, attempt), unknownType.backoff))
}

/** A wait about as long as a job has waited so far, in seconds. @param waited ms */
function growingWait({ clock }: ConsumerDeps, waited: number, { baseSeconds, capSeconds }: Backoff): number {
  return Math.min(capSeconds, Math.max(baseSeconds, waited / 1000)) * (0.5 + clock.random() / 2)
}
