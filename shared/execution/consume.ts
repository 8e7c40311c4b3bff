/** The consumer of a lane: claim, run, commit, acknowledge; and what happens to a message at every other end. */

import { memberComesBack } from '../batch/bring-back.ts'
import { settle } from '../batch/settle.ts'
import { expiresAfter } from '../lib/lifetimes.ts'
import type { LaneMessage } from '../lib/ports.ts'
import { decodeMessage, type Envelope } from '../outbox/envelope.ts'
import { type Attempt, commitTime } from './attempt.ts'
import { type ClaimResult, claimJob } from './claim.ts'
import { comeBack, secondsUntil } from './come-back.ts'
import type { ConsumerDeps, Deferred, Outcome } from './consumer.ts'
import { sendDeadLetter } from './death.ts'
import { crash, fail } from './failure.ts'
import { maxAttemptsOf, policyOf, unknownType } from './policy.ts'
import { awaitSlot } from './rate-limit/await-slot.ts'
import { fitsLane } from './read-job.ts'
import { runAttempt } from './run-attempt.ts'

/** The lease outlives the invocation by this much, in ms: clocks differ, and a living attempt must not be taken over. */
const clockSkew = 1_000

/** The invocation in which a message is handled. */
interface Invocation {
  /** When the process will be ended, in ms since the epoch. */
  readonly deadline: number
  /** Whether other jobs of the batch may run in the process at the same time. */
  readonly shared: boolean
}

/**
 * Handles one message of a lane.
 *
 * @param deadline when the process will be ended, in ms since the epoch
 * @param shared whether other jobs of the batch may run in the process at the same time
 */
export async function consume(
  deps: ConsumerDeps,
  message: LaneMessage,
  deadline: number,
  shared = false,
): Promise<Outcome | Deferred> {
  try {
    return await handle(deps, message, { deadline, shared })
  } catch (error) {
    // The tables or the queue failed us. Nothing is decided: the message comes back when its visibility ends.
    deps.report({ message, error })
    return 'return'
  }
}

async function handle(deps: ConsumerDeps, message: LaneMessage, invocation: Invocation): Promise<Outcome | Deferred> {
  const decoded = decodeMessage(message.body)
  if (decoded.kind === 'malformed') {
    await deps.queue.sendToDeadLetterQueue(message, { reason: decoded.reason, deaths: message.deaths })
    return 'acknowledge'
  }
  const { envelope } = decoded
  const policy = policyOf(deps.registry, envelope)
  const now = deps.clock.now()
  const start = Date.parse(envelope.runAt ?? '')
  if (start > now.getTime()) return comeBack(deps, message, envelope, start)
  if (isTooLate(deps, envelope, now, invocation)) {
    await deps.queue.changeVisibility(message, 0)
    return 'return'
  }
  // A neighbour that kills the process would end it for good: nobody would know whether it has run.
  if (invocation.shared && policy !== unknownType && policy.onCrash === 'dead-letter')
    return { kind: 'deferred', attempts: 0 }
  const later = await awaitSlot(deps, message, envelope, invocation.deadline)
  return later ?? claimAndWork(deps, message, { envelope, policy, invocation })
}

interface Startable {
  readonly envelope: Envelope
  readonly policy: ReturnType<typeof policyOf>
  readonly invocation: Invocation
}

async function claimAndWork(
  deps: ConsumerDeps,
  message: LaneMessage,
  { envelope, policy, invocation }: Startable,
): Promise<Outcome | Deferred> {
  const now = deps.clock.now()
  const owner = deps.ids.fresh()
  const claim = {
    jobId: envelope.id,
    type: envelope.type,
    lane: envelope.lane,
    createdAt: envelope.createdAt,
    owner,
    now,
    leaseUntil: invocation.deadline + clockSkew,
    // Of a newer version the type's number is the best guess; code that knows it may set another.
    maxAttempts: maxAttemptsOf(deps.registry, envelope.type),
    isUnknown: policy === unknownType,
    shared: invocation.shared,
    onCrash: policy.onCrash,
    expiresAt: expiresAfter(now, deps.lifetimes.effect),
  }
  // A person put its dead letter back into the lane: its batch waits for it again before it starts.
  if (message.deaths > 0) await memberComesBack(deps, envelope)
  const claimed = await claimJob(deps.store, claim, message.deaths)
  if (claimed.kind !== 'claimed') return notClaimed(deps, message, { envelope, ...invocation }, claimed)
  deps.observe({ kind: 'started', job: envelope, attempt: claimed.effect.attempts })
  // If the process dies from here on, the lease ends, the message comes back, and the next claim takes over.
  const attempt = { envelope, effect: claimed.effect, owner, deadline: invocation.deadline }
  if (!deps.trace) return work(deps, message, attempt)
  const traced = { envelope, attempt: attempt.effect.attempts, messageId: message.messageId }
  return deps.trace(traced, (traceparent) => work(deps, message, { ...attempt, traceparent }))
}

/**
 * Whether too little is left of this invocation for a whole attempt (an ordered lane runs its messages one after the other).
 * A job that no invocation of its lane has time for is not: its attempt ends it, with the reason.
 */
function isTooLate({ registry }: ConsumerDeps, envelope: Envelope, now: Date, { deadline }: Invocation): boolean {
  const { timeLimitSeconds } = policyOf(registry, envelope)
  if (!fitsLane(timeLimitSeconds, registry.lanes.get(envelope.lane))) return false
  return now.getTime() + timeLimitSeconds * 1000 + commitTime > deadline
}

async function notClaimed(
  deps: ConsumerDeps,
  message: LaneMessage,
  { envelope, deadline }: Invocation & { readonly envelope: Envelope },
  claim: Exclude<ClaimResult, { kind: 'claimed' }>,
): Promise<Outcome | Deferred> {
  switch (claim.kind) {
    case 'already-dead':
      // The process died between the death and its dead letter, or the reconciler ended the job: the rest is done now.
      await settle(deps, envelope, 'dead')
      if (claim.effect.deadLetterAt === undefined)
        await sendDeadLetter(deps, message, claim.effect.lastError ?? '', { effect: claim.effect, deadline })
      deps.observe({ kind: 'duplicate', job: envelope })
      return 'acknowledge'
    case 'succeeded':
      deps.observe({ kind: 'duplicate', job: envelope })
      return settleSuccess(deps, message, envelope)
    case 'superseded':
      deps.observe({ kind: 'duplicate', job: envelope })
      return 'acknowledge'
    case 'cancelled':
      await settle(deps, envelope, 'cancelled')
      deps.observe({ kind: 'cancelled', job: envelope })
      return 'acknowledge'
    case 'busy': {
      const outcome = await comeBack(deps, message, envelope, claim.until)
      deps.observe({ kind: 'busy', job: envelope, seconds: secondsUntil(claim.until, deps.clock.now()) })
      return outcome
    }
    case 'orphaned':
      return { kind: 'deferred', attempts: claim.effect.attempts }
    case 'crashed':
      return crash(deps, message, { envelope, effect: claim.effect, owner: claim.effect.owner ?? '', deadline })
  }
}

/** If it fails, or the process dies before, the message comes back, finds the success, and settles it. */
async function settleSuccess(deps: ConsumerDeps, message: LaneMessage, envelope: Envelope): Promise<Outcome> {
  try {
    await settle(deps, envelope, 'succeeded')
    return 'acknowledge'
  } catch (error) {
    deps.report({ message, error })
    await deps.queue.changeVisibility(message, settleAgainAfter)
    return 'return'
  }
}

/** Seconds until a member whose success could not be settled comes back: its visibility timeout is much longer. */
const settleAgainAfter = 5

async function work(deps: ConsumerDeps, message: LaneMessage, attempt: Attempt): Promise<Outcome> {
  const { envelope, effect } = attempt
  let result: Awaited<ReturnType<typeof runAttempt>>
  try {
    result = await runAttempt(deps, attempt)
  } catch (error) {
    return fail(deps, message, attempt, error)
  }
  if (result === 'committed') {
    deps.observe({ kind: 'succeeded', job: envelope, attempt: effect.attempts })
    return settleSuccess(deps, message, envelope)
  }
  deps.observe({ kind: 'fenced', job: envelope, attempt: effect.attempts })
  await deps.queue.changeVisibility(message, 1)
  return 'return'
}
