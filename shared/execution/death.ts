/** The death of a job: its effect, its dead letter, its message, in this order. */
import { settle } from '../batch/settle.ts'
import type { LaneMessage } from '../lib/ports.ts'
import { persist } from '../outbox/commit.ts'
import { commitTime } from './attempt.ts'
import { breakerCount } from './breaker-count.ts'
import type { ConsumerDeps, Outcome } from './consumer.ts'
import { dieWrite, noteDeadLetterWrite } from './effect/end-writes.ts'
import type { Effect } from './effect.ts'
import { endOf, type FailedAttempt } from './failed-attempt.ts'

/**
 * Ends a job as dead: first the effect says so, then its batch knows, then its dead letter goes to the dead-letter queue, then
 * the message goes. If the process dies in between, the message comes back, finds a death without a dead letter, and does the
 * rest. So a dead letter is only ever sent for a job that is dead, and that its batch counts as dead.
 */
export async function die(
  deps: ConsumerDeps,
  message: LaneMessage,
  attempt: FailedAttempt,
  reason: string,
): Promise<Outcome> {
  const { envelope, effect, deadline } = attempt
  const died = await persist(deps, dieWrite(endOf(deps, attempt, reason)), deadline - commitTime)
  const after = (died.kind === 'written' ? died.item : died.met) as unknown as Effect | undefined
  if (!after || !isOurDeath(after, effect)) {
    // The job has ended otherwise, or another attempt has it: the message comes back and sees.
    await deps.queue.changeVisibility(message, 1)
    return 'return'
  }
  await settle(deps, envelope, 'dead')
  await sendDeadLetter(deps, message, reason, { effect: after, deadline })
  deps.observe({
    ...{ kind: 'dead', job: envelope, attempt: effect.attempts, error: reason },
    failing: breakerCount(deps, attempt),
  })
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
  await persist(deps, noteDeadLetterWrite(pk, deaths, deps.clock.now()), deadline - commitTime)
}
