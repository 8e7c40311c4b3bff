/** What follows when an attempt fails: another one later, or death. */

import {
  ChangeRefusedError,
  errorLine,
  NotDeployedError,
  PermanentError,
  UnknownOutcomeError,
} from '../define/errors.ts'
import type { JobType } from '../define/job.ts'
import { redactedText } from '../define/redact.ts'
import type { Registry } from '../define/registry.ts'
import type { LaneMessage } from '../lib/ports.ts'
import { backoffSeconds } from '../lib/retry.ts'
import { persist } from '../outbox/commit.ts'
import type { Envelope } from '../outbox/envelope.ts'
import type { AttemptDeps } from './attempt.ts'
import type { ConsumerDeps, Outcome } from './consume.ts'
import { dieWrite, failWrite, noteDeadLetterWrite, postponeWrite } from './effect/end-writes.ts'
import type { Effect } from './effect.ts'

/** Policy for a job whose type or version this code does not know. It never runs under it: see `postpone`. */
export const unknownType = {
  maxAttempts: 5,
  backoff: { baseSeconds: 10, capSeconds: 900 },
  timeLimitSeconds: 0,
  // The type may be one that must not run twice. Code that knows it decides what follows a death: see `crash`.
  onCrash: 'dead-letter',
} as const

/** What a job runs under: its type, or `unknownType` while this code does not know the type or the payload's version. */
export function policyOf(
  { jobs }: Registry,
  { type, version }: Pick<Envelope, 'type' | 'version'>,
): JobType | typeof unknownType {
  const known = jobs.get(type)
  return known && version <= known.version ? known : unknownType
}

/** How long a job waits for code that knows it, in ms: longer than a deploy takes. */
const deployTimeout = 40 * 60_000

/** An attempt that failed, or whose process died. */
interface FailedAttempt {
  readonly envelope: Envelope
  readonly effect: Effect
  readonly owner: string
  /** When this process will be ended, in ms since the epoch. */
  readonly deadline: number
}

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
  return isHopeless(error) || attempt.effect.attempts >= budgetOf(deps, attempt)
    ? die(deps, message, attempt, reason)
    : retry(deps, message, attempt, reason)
}

/** Decides what follows when a process died in the last attempt, or in one that must not be repeated. */
export async function crash(deps: ConsumerDeps, message: LaneMessage, attempt: FailedAttempt): Promise<Outcome> {
  if (policyOf(deps.registry, attempt.envelope) === unknownType && waitedFor(deps, attempt) < deployTimeout) {
    await deps.queue.changeVisibility(message, deployWait(deps, attempt))
    return 'return'
  }
  const reason = `CrashError: the process died during attempt ${attempt.effect.attempts} of ${budgetOf(deps, attempt)}; what it did outside is unknown`
  return die(deps, message, attempt, reason)
}

/** Attempts allowed in all. Code that did not know the type has set none. */
function budgetOf({ registry }: ConsumerDeps, { effect, envelope }: FailedAttempt): number {
  return effect.budget ?? policyOf(registry, envelope).maxAttempts
}

/** How long the job has waited for code that knows it, in ms; an attempt that old code left behind waits from its lease's end. */
function waitedFor({ clock }: ConsumerDeps, { effect }: FailedAttempt): number {
  const now = clock.now().getTime()
  const since =
    effect.waitingSince === undefined ? Math.min(effect.leaseUntil ?? now, now) : Date.parse(effect.waitingSince)
  return now - since
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
  const nth = Math.max(1, effect.attempts - (budgetOf(deps, attempt) - maxAttempts))
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

/** How long a job waits until it looks for its code again, in seconds: about as long as it has waited so far. */
function deployWait(deps: ConsumerDeps, attempt: FailedAttempt): number {
  const { baseSeconds, capSeconds } = unknownType.backoff
  const ceiling = Math.min(capSeconds, Math.max(baseSeconds, waitedFor(deps, attempt) / 1000))
  return Math.ceil(ceiling * (0.5 + deps.clock.random() / 2))
}

/**
 * Ends a job as dead: first the effect says so, then its dead letter goes to the dead-letter queue, then the message goes. If the
 * process dies in between, the message comes back, finds a death without a dead letter, and sends it. So a dead letter is only ever
 * sent for a job that is dead.
 */
async function die(deps: ConsumerDeps, message: LaneMessage, attempt: FailedAttempt, reason: string): Promise<Outcome> {
  const { envelope, effect, deadline } = attempt
  const died = await persist(deps, dieWrite(endOf(deps, attempt, reason)), deadline - 1_000)
  const after = (died.kind === 'written' ? died.item : died.met) as unknown as Effect | undefined
  if (!after || !isOurDeath(after, effect)) {
    // The job has ended otherwise, or another attempt has it: the message comes back and sees.
    await deps.queue.changeVisibility(message, 1)
    return 'return'
  }
  await sendDeadLetter(deps, message, reason, { effect: after, deadline })
  deps.observe({ kind: 'dead', job: envelope, attempt: effect.attempts, error: reason })
  return 'acknowledge'
}

/** Our last write went through, or an earlier try of it whose answer was lost. */
function isOurDeath(after: Effect, before: Effect): boolean {
  return after.state === 'dead' && after.deaths === before.deaths + 1 && after.owner === before.owner
}

/** Sends the dead letter of a death, and notes that it was sent. If the process dies between the two, a second one follows. */
export async function sendDeadLetter(
  deps: ConsumerDeps,
  message: LaneMessage,
  reason: string,
  { effect, deadline }: Pick<FailedAttempt, 'effect' | 'deadline'>,
): Promise<void> {
  const { pk, deaths } = effect
  await deps.queue.sendToDeadLetterQueue(message, { reason, deaths })
  await persist(deps, noteDeadLetterWrite(pk, deaths, deps.clock.now()), deadline - 1_000)
}

function endOf(deps: ConsumerDeps, { effect, owner }: FailedAttempt, error: string) {
  const now = deps.clock.now()
  const { pk: jobId, attempts: attempt, failures = [] } = effect
  return { jobId, owner, now, expiresAt: expiry(deps, now), attempt, error, failures }
}

/** When an effect that changes now may be forgotten, in seconds since the epoch. */
export function expiry({ lifetimes }: AttemptDeps, now: Date): number {
  return Math.ceil(now.getTime() / 1000) + lifetimes.effect
}
