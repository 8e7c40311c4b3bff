/** The consumer of a lane: claim, run, commit, acknowledge; and what happens to a message at every other end. */
import { type Attempt, type AttemptDeps, runAttempt } from './attempt.ts'
import { longestWait } from './backoff.ts'
import { type ClaimResult, claimJob } from './claim.ts'
import { crash, expiry, fail, unknownType } from './failure.ts'
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
  const early = Date.parse(envelope.runAt ?? '') - now.getTime()
  if (early > 0) {
    await deps.queue.comeBackIn(message, Math.min(Math.ceil(early / 1000), longestWait))
    return 'return'
  }
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
    isUnknown: policy === unknownType,
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
    case 'crashed':
      return crash(deps, message, { envelope, effect: claim.effect, owner: claim.effect.owner ?? '' })
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
    return fail(deps, message, attempt, error)
  }
}
