/** A job of a limited type waits for its slot before its claim, so that waiting uses up no attempt. */
import type { LaneMessage } from '../../lib/ports.ts'
import type { Envelope } from '../../outbox/envelope.ts'
import { commitTime } from '../attempt.ts'
import { comeBack, secondsUntil } from '../come-back.ts'
import type { ConsumerDeps, Outcome } from '../consumer.ts'
import { limitOfJob } from './limit-of-job.ts'
import { createLimiter } from './limiter.ts'

/**
 * A job waits at most this long in its process, in ms; for longer it leaves. SQS brings the jobs of a second back together, so
 * one that has waited finds others before it. One that has not makes room: else a backlog would keep the consumers of its
 * lane asleep, and other jobs there would start no faster than those of the limit.
 */
const longestSleep = { first: 500, afterWait: 2_000 }

/**
 * Waits for the slot of a job.
 *
 * @param deadline when the process will be ended, in ms since the epoch
 * @returns the outcome of the message if the job comes back later; `undefined` if it may start now
 */
export async function awaitSlot(
  deps: ConsumerDeps,
  message: LaneMessage,
  envelope: Envelope,
  deadline: number,
): Promise<Outcome | undefined> {
  const of = limitOfJob(deps.registry, envelope)
  if (!of) return undefined
  const { clock, limiter = createLimiter(deps) } = deps
  const lastStart = deadline - commitTime - of.timeLimitSeconds * 1_000
  let hasWaited = envelope.hasWaited === true || message.receiveCount > 1
  for (;;) {
    const now = clock.now().getTime()
    const ahead = Math.max(0, Math.min(hasWaited ? longestSleep.afterWait : longestSleep.first, lastStart - now))
    const slot = await limiter.take({ jobId: envelope.id, of, hasWaited, ahead })
    if (slot.kind === 'wait' || slot.at > lastStart) {
      const until = slot.kind === 'wait' ? slot.until : slot.at
      deps.observe({ kind: 'limited', job: envelope, seconds: secondsUntil(until, clock.now()) })
      return comeBack(deps, message, envelope, until)
    }
    const left = slot.at - clock.now().getTime()
    if (left > 0) await clock.sleep(left)
    if (clock.now().getTime() <= slot.until) return undefined
    // The process was held up: to start now could be one start too many.
    hasWaited = true
  }
}
