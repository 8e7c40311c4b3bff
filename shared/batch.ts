import { type ConsumerDeps, consume, type Outcome } from './consume.ts'
import type { LaneMessage } from './ports.ts'

/**
 * Handles a batch of a lane: messages side by side; messages of one group in order, up to the first that returns.
 *
 * @param deadline when the process will be ended, in ms since the epoch
 * @returns ids of the messages that are to come back, as `batchItemFailures` takes them
 */
export async function consumeBatch(
  deps: ConsumerDeps,
  messages: readonly LaneMessage[],
  deadline: number,
): Promise<string[]> {
  const seconds = Math.ceil((deadline - deps.clock.now().getTime()) / 1000) + 2
  // If this process dies, its messages come back when its lease ends, not after the queue's long visibility timeout.
  // Should it fail, they come back later; that is no reason to fail the batch.
  const hidden = deps.queue.hideAll(messages, seconds).catch(() => {})
  const patient: ConsumerDeps = { ...deps, queue: afterwards(deps.queue, hidden) }
  const rows = [...Map.groupBy(messages, (m) => m.group ?? m.messageId).values()]
  const returned = await Promise.all(rows.map((row) => consumeInOrder(patient, row, deadline)))
  await hidden
  return returned.flat().map((message) => message.messageId)
}

/** A shorter wait that is asked for while the batch is still being hidden must come after it, or it would be undone. */
function afterwards(queue: ConsumerDeps['queue'], hidden: Promise<void>): ConsumerDeps['queue'] {
  return {
    ...queue,
    async comeBackIn(message, seconds) {
      await hidden
      await queue.comeBackIn(message, seconds)
    },
  }
}

/** Stops at the first message that returns: what comes after it in its group must not overtake it. */
async function consumeInOrder(
  deps: ConsumerDeps,
  row: readonly LaneMessage[],
  deadline: number,
): Promise<LaneMessage[]> {
  for (const [i, message] of row.entries()) {
    const outcome: Outcome = await consume(deps, message, deadline)
    if (outcome === 'return') {
      const rest = row.slice(i + 1)
      // Their group stays closed until the first of them is visible again; they need not wait longer than that.
      await Promise.allSettled(rest.map((later) => deps.queue.comeBackIn(later, 0)))
      return [message, ...rest]
    }
  }
  return []
}
