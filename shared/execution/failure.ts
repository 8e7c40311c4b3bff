/** The consequence of a failed attempt: another one later, or death. */
import {
  ChangeRefusedError,
  errorLine,
  NotDeployedError,
  PermanentError,
  UnknownOutcomeError,
} from '../define/errors.ts'
import { redactedText } from '../define/redact.ts'
import type { LaneMessage } from '../lib/ports.ts'
import { backoffSeconds } from '../lib/retry.ts'
import type { ConsumerDeps, Outcome } from './consumer.ts'
import { die } from './death.ts'
import { failWrite, postponeWrite } from './effect/end-writes.ts'
import { allowedAttempts } from './effect/lease.ts'
import { endOf, type FailedAttempt, waitedFor } from './failed-attempt.ts'
import { policyOf, unknownType } from './policy.ts'

/** Time that a job waits for code that knows it, in ms: longer than a deploy takes. */
const deployTimeout = 40 * 60_000

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
  return isHopeless(error) || attempt.effect.attempts >= allowed(deps, attempt)
    ? die(deps, message, attempt, reason)
    : retry(deps, message, attempt, reason)
}

/** Decides what follows when a process died in the last attempt, or in one that must not be repeated. */
export async function crash(deps: ConsumerDeps, message: LaneMessage, attempt: FailedAttempt): Promise<Outcome> {
  if (policyOf(deps.registry, attempt.envelope) === unknownType && waitedFor(deps, attempt) < deployTimeout) {
    await deps.queue.changeVisibility(message, deployWait(deps, attempt))
    return 'return'
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
  return waitFor(deps, message, attempt, error, seconds, failWrite)
}

/** The code for the job is not there yet: it comes back for it, and has lost no attempt. */
function postpone(deps: ConsumerDeps, message: LaneMessage, attempt: FailedAttempt, error: string): Promise<Outcome> {
  const { deaths } = attempt.effect
  return waitFor(deps, message, attempt, error, deployWait(deps, attempt), (end) => postponeWrite(end, deaths))
}

/** Notes the wait in the effect, where it holds for every message of the job, and hides this one until it is over. */
async function waitFor(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: FailedAttempt,
  error: string,
  seconds: number,
  write: typeof failWrite,
): Promise<Outcome> {
  const { envelope, effect } = attempt
  const end = endOf(deps, attempt, error)
  const noted = await deps.store.write(write({ ...end, notBefore: end.now.getTime() + seconds * 1000 }))
  if (noted.kind === 'written')
    deps.observe({ kind: 'retrying', job: envelope, attempt: effect.attempts, error, seconds })
  await deps.queue.changeVisibility(message, seconds)
  return 'return'
}

/** The wait until a job tries its code again, in seconds: about as long as it has waited so far. */
function deployWait(deps: ConsumerDeps, attempt: FailedAttempt): number {
  const { baseSeconds, capSeconds } = unknownType.backoff
  const ceiling = Math.min(capSeconds, Math.max(baseSeconds, waitedFor(deps, attempt) / 1000))
  return Math.ceil(ceiling * (0.5 + deps.clock.random() / 2))
}
