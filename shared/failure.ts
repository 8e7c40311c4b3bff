/** What follows when an attempt fails: another one later, or death. */
import type { AttemptDeps } from './attempt.ts'
import { backoffSeconds } from './backoff.ts'
import type { ConsumerDeps, Outcome } from './consume.ts'
import { dieWrite, type Effect, failWrite, postponeWrite } from './effect.ts'
import { ChangeRefusedError, errorLine, NotDeployedError, PermanentError, UnknownOutcomeError } from './errors.ts'
import type { Envelope } from './outbox-item.ts'
import type { LaneMessage } from './ports.ts'
import { redactedText } from './redact.ts'

/** Policy for a job whose type this code does not know. It never runs under it: see `postpone`. */
export const unknownType = {
  maxAttempts: 5,
  backoff: { baseSeconds: 10, capSeconds: 900 },
  timeLimitSeconds: 0,
  // The type may be one that must not run twice. Whoever knows it decides what follows a death: see `crash`.
  onCrash: 'park',
} as const

/** Receives of a message until a job whose code is not there is dead: some 40 minutes, longer than a deploy takes. */
const patience = 12

/** An attempt that failed, or whose process died. */
interface Failed {
  readonly envelope: Envelope
  readonly effect: Effect
  readonly owner: string
}

/** Decides what follows when an attempt throws. */
export async function fail(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: Failed,
  error: unknown,
): Promise<Outcome> {
  const { payload, type } = attempt.envelope
  const reason = errorLine(error, (text) => redactedText(text, payload, deps.registry.jobs.get(type)))
  if (error instanceof NotDeployedError && message.receiveCount < patience)
    return postpone(deps, message, attempt, reason)
  return isHopeless(error) || attempt.effect.attempts >= budgetOf(deps, attempt)
    ? die(deps, message, attempt, reason)
    : retry(deps, message, attempt, reason)
}

/** Decides what follows when a process died in the last attempt, or in one that must not be repeated. */
export async function crash(deps: ConsumerDeps, message: LaneMessage, attempt: Failed): Promise<Outcome> {
  if (!deps.registry.jobs.has(attempt.envelope.type) && message.receiveCount < patience) {
    await deps.queue.comeBackIn(message, deployWait(deps, message))
    return 'return'
  }
  const reason = `CrashError: the process died during attempt ${attempt.effect.attempts} of ${budgetOf(deps, attempt)}; what it did outside is unknown`
  return die(deps, message, attempt, reason)
}

function policyOf({ registry }: ConsumerDeps, { envelope }: Failed) {
  return registry.jobs.get(envelope.type) ?? unknownType
}

/** Attempts allowed in all. Code that did not know the type has set none. */
function budgetOf(deps: ConsumerDeps, attempt: Failed): number {
  return attempt.effect.budget ?? policyOf(deps, attempt).maxAttempts
}

/** Whether trying again is useless, or forbidden. */
function isHopeless(error: unknown): boolean {
  return [PermanentError, ChangeRefusedError, UnknownOutcomeError, NotDeployedError].some(
    (kind) => error instanceof kind,
  )
}

async function retry(deps: ConsumerDeps, message: LaneMessage, attempt: Failed, error: string): Promise<Outcome> {
  const { envelope, effect } = attempt
  const { backoff, maxAttempts } = policyOf(deps, attempt)
  const failed = await deps.store.write(failWrite(endOf(deps, attempt, error)))
  // Attempts of this life: a redriven job waits as briefly at first as a new one.
  const nth = Math.max(1, effect.attempts - (budgetOf(deps, attempt) - maxAttempts))
  const seconds = Math.ceil(backoffSeconds(backoff, nth, deps.clock.random()))
  if (failed.kind === 'written')
    deps.observe({ kind: 'retrying', job: envelope, attempt: effect.attempts, error, seconds })
  await deps.queue.comeBackIn(message, seconds)
  return 'return'
}

/** The code for the job is not there yet: it comes back for it, and has lost no attempt. */
async function postpone(deps: ConsumerDeps, message: LaneMessage, attempt: Failed, error: string): Promise<Outcome> {
  const { envelope, effect } = attempt
  const postponed = await deps.store.write(postponeWrite(endOf(deps, attempt, error), effect.deaths))
  const seconds = deployWait(deps, message)
  if (postponed.kind === 'written')
    deps.observe({ kind: 'retrying', job: envelope, attempt: effect.attempts, error, seconds })
  await deps.queue.comeBackIn(message, seconds)
  return 'return'
}

/** How long a message waits for the code of its job, in seconds. */
function deployWait({ clock }: ConsumerDeps, { receiveCount }: LaneMessage): number {
  return Math.ceil(backoffSeconds(unknownType.backoff, receiveCount, clock.random()))
}

/**
 * Buries a job. First its letter goes to the dead-letter queue, then its effect says so, then the message goes: whatever
 * dies in between, a job that is `dead` has a letter in the queue, and one that is not comes back here.
 */
async function die(deps: ConsumerDeps, message: LaneMessage, attempt: Failed, reason: string): Promise<Outcome> {
  const { envelope, effect } = attempt
  await deps.queue.bury(message, { reason, deaths: effect.deaths + 1 })
  const died = await deps.store.write(dieWrite(endOf(deps, attempt, reason)))
  if (died.kind === 'refused' && !isOurDeath(died.met as unknown as Effect | undefined, effect)) {
    await deps.queue.comeBackIn(message, 1)
    return 'return'
  }
  deps.observe({ kind: 'dead', job: envelope, attempt: effect.attempts, error: reason })
  return 'acknowledge'
}

/** Our own last write went through, only its answer was lost. */
function isOurDeath(met: Effect | undefined, before: Effect): boolean {
  return met?.state === 'dead' && met.deaths === before.deaths + 1
}

function endOf(deps: ConsumerDeps, { effect, owner }: Failed, error: string) {
  const now = deps.clock.now()
  const { pk: jobId, attempts: attempt, failures = [] } = effect
  return { jobId, owner, now, expiresAt: expiry(deps, now), attempt, error, failures }
}

/** When an effect that changes now may be forgotten, in seconds since the epoch. */
export function expiry({ lifetimes }: AttemptDeps, now: Date): number {
  return Math.ceil(now.getTime() / 1000) + lifetimes.effect
}
