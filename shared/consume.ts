/** The consumer of a lane: claim, run, commit, acknowledge; and what happens to a message at every other end. */
import { type Attempt, type AttemptDeps, runAttempt } from './attempt.ts'
import { backoffSeconds } from './backoff.ts'
import { type ClaimResult, claimJob } from './claim.ts'
import { dieWrite, type Effect, failWrite } from './effect.ts'
import { ChangeRefusedError, errorLine, PermanentError, UnknownOutcomeError } from './errors.ts'
import { decodeMessage, type Envelope } from './outbox-item.ts'
import type { JobEvent, LaneConsumerQueue, LaneMessage } from './ports.ts'

export interface ConsumerDeps extends AttemptDeps {
  readonly queue: LaneConsumerQueue
  readonly observe: (event: JobEvent) => void
  /** A fault that left a message to come back by itself. */
  readonly report: (fault: { readonly message: LaneMessage; readonly error: unknown }) => void
}

/** `acknowledge`: SQS deletes the message. `return`: it comes back. */
export type Outcome = 'acknowledge' | 'return'

/** Policy for a job whose type this code does not know: it waits for the deploy that does. */
const unknownType = {
  maxAttempts: 5,
  backoff: { baseSeconds: 10, capSeconds: 900 },
  timeLimitSeconds: 0,
  onCrash: 'retry',
} as const

/** The lease outlives the invocation by this much, in ms: clocks differ, and a living attempt must not be taken over. */
const clockSkew = 1_000

/** Kept free at the end of an invocation for the commit, in ms. */
const commitTime = 1_000

/**
 * Handles one message of a lane.
 *
 * @param deadline when the process will be ended, in ms since the epoch
 */
export async function consume(deps: ConsumerDeps, message: LaneMessage, deadline: number): Promise<Outcome> {
  try {
    return await handle(deps, message, deadline)
  } catch (error) {
    // The tables or the queue failed us. Nothing is decided: the message comes back when its visibility ends.
    deps.report({ message, error })
    return 'return'
  }
}

async function handle(deps: ConsumerDeps, message: LaneMessage, deadline: number): Promise<Outcome> {
  const decoded = decodeMessage(message.body)
  if (decoded.kind === 'malformed') {
    await deps.queue.bury(message, { reason: decoded.reason, deaths: message.deaths })
    return 'acknowledge'
  }
  const { envelope } = decoded
  const policy = deps.registry.jobs.get(envelope.type) ?? unknownType
  const now = deps.clock.now()
  if (now.getTime() + policy.timeLimitSeconds * 1000 + commitTime > deadline) {
    // Too late in this invocation for a whole attempt (an ordered lane runs its messages one after the other).
    await deps.queue.comeBackIn(message, 0)
    return 'return'
  }
  const owner = deps.ids.fresh()
  const claim = {
    jobId: envelope.id,
    type: envelope.type,
    lane: envelope.lane,
    owner,
    now,
    leaseUntil: deadline + clockSkew,
    maxAttempts: policy.maxAttempts,
    onCrash: policy.onCrash,
    expiresAt: expiry(deps, now),
  }
  const claimed = await claimJob(deps.store, claim, message.deaths)
  if (claimed.kind !== 'claimed') return notClaimed(deps, message, envelope, claimed)
  deps.observe({ kind: 'started', job: envelope, attempt: claimed.effect.attempts })
  // If the process dies from here on, the lease ends, the message comes back, and the next claim takes over.
  return work(deps, message, { envelope, effect: claimed.effect, owner, deadline })
}

async function notClaimed(
  deps: ConsumerDeps,
  message: LaneMessage,
  envelope: Envelope,
  claim: Exclude<ClaimResult, { kind: 'claimed' }>,
): Promise<Outcome> {
  switch (claim.kind) {
    case 'succeeded':
    case 'already-dead':
      deps.observe({ kind: 'duplicate', job: envelope })
      return 'acknowledge'
    case 'cancelled':
      deps.observe({ kind: 'cancelled', job: envelope })
      return 'acknowledge'
    case 'busy': {
      const seconds = Math.max(1, Math.ceil((claim.leaseUntil - deps.clock.now().getTime()) / 1000))
      await deps.queue.comeBackIn(message, seconds)
      deps.observe({ kind: 'busy', job: envelope, seconds })
      return 'return'
    }
    case 'crashed': {
      const { attempts, budget } = claim.effect
      const reason = `CrashError: the process died during attempt ${attempts} of ${budget}; what it did outside is unknown`
      return die(deps, message, { envelope, effect: claim.effect, owner: claim.effect.owner ?? '' }, reason)
    }
  }
}

async function work(deps: ConsumerDeps, message: LaneMessage, attempt: Attempt): Promise<Outcome> {
  const { envelope, effect } = attempt
  try {
    const result = await runAttempt(deps, attempt)
    if (result === 'committed') {
      deps.observe({ kind: 'succeeded', job: envelope, attempt: effect.attempts })
      return 'acknowledge'
    }
    deps.observe({ kind: 'fenced', job: envelope, attempt: effect.attempts })
    await deps.queue.comeBackIn(message, 1)
    return 'return'
  } catch (error) {
    return isHopeless(error) || effect.attempts >= effect.budget
      ? die(deps, message, attempt, errorLine(error))
      : retry(deps, message, attempt, errorLine(error))
  }
}

/** Whether trying again is useless, or forbidden. */
function isHopeless(error: unknown): boolean {
  return [PermanentError, ChangeRefusedError, UnknownOutcomeError].some((kind) => error instanceof kind)
}

async function retry(deps: ConsumerDeps, message: LaneMessage, attempt: Attempt, error: string): Promise<Outcome> {
  const { envelope, effect, owner } = attempt
  const now = deps.clock.now()
  const { backoff, maxAttempts } = deps.registry.jobs.get(envelope.type) ?? unknownType
  const failed = await deps.store.write(
    failWrite({
      jobId: effect.pk,
      owner,
      now,
      expiresAt: expiry(deps, now),
      attempt: effect.attempts,
      error,
      failures: effect.failures ?? [],
    }),
  )
  // Attempts of this life: a redriven job waits as briefly at first as a new one.
  const nth = Math.max(1, effect.attempts - (effect.budget - maxAttempts))
  const seconds = Math.ceil(backoffSeconds(backoff, nth, deps.clock.random()))
  if (failed.kind === 'written')
    deps.observe({ kind: 'retrying', job: envelope, attempt: effect.attempts, error, seconds })
  await deps.queue.comeBackIn(message, seconds)
  return 'return'
}

/**
 * Buries a job. First its letter goes to the dead-letter queue, then its effect says so, then the message goes: whatever
 * dies in between, a job that is `dead` has a letter in the queue, and one that is not comes back here.
 */
async function die(
  deps: ConsumerDeps,
  message: LaneMessage,
  { envelope, effect, owner }: { envelope: Envelope; effect: Effect; owner: string },
  reason: string,
): Promise<Outcome> {
  await deps.queue.bury(message, { reason, deaths: effect.deaths + 1 })
  const now = deps.clock.now()
  const end = {
    jobId: effect.pk,
    owner,
    now,
    expiresAt: expiry(deps, now),
    attempt: effect.attempts,
    error: reason,
    failures: effect.failures ?? [],
  }
  const died = await deps.store.write(dieWrite(end))
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

function expiry({ lifetimes }: AttemptDeps, now: Date): number {
  return Math.ceil(now.getTime() / 1000) + lifetimes.effect
}
