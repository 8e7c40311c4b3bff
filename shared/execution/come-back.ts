/** The wait of a job between two attempts: short ones in its queue, long ones in the outbox. */
import { longestWait } from '../define/backoff.ts'
import type { LaneMessage } from '../lib/ports.ts'
import { type Envelope, longestDelay } from '../outbox/envelope.ts'
import { waitWrite } from '../outbox/release.ts'
import type { ConsumerDeps, Outcome } from './consumer.ts'

/**
 * Lets a job come back at a moment. A hidden message counts as in flight, and SQS delivers nothing more of a queue that has
 * 120,000 of them. So a job that waits long gives its message up: it waits in the outbox, and the sweeper releases it. On an
 * ordered lane the message stays, since it holds its group. A dead letter that a person put back stays as well: only it may
 * start a dead job again.
 *
 * If the process dies after the write, the message comes back as well, finds the job waiting, and goes.
 *
 * @param until ms since the epoch
 */
export async function comeBack(
  { store, clock, queue }: Pick<ConsumerDeps, 'store' | 'clock' | 'queue'>,
  message: LaneMessage,
  envelope: Envelope,
  until: number,
): Promise<Outcome> {
  const seconds = secondsUntil(until, clock.now())
  if (seconds > longestDelay && message.group === undefined && message.deaths === 0) {
    const written = await store.write(waitWrite(envelope, new Date(until)))
    if (written.kind === 'written') return 'acknowledge'
    // Its outbox item has expired: the message is all that is left of the job.
  }
  await queue.changeVisibility(message, Math.min(seconds, longestWait))
  return 'return'
}

/** Whole seconds until a moment, 1 at least. @param until ms since the epoch */
export function secondsUntil(until: number, now: Date): number {
  return Math.max(1, Math.ceil((until - now.getTime()) / 1000))
}
