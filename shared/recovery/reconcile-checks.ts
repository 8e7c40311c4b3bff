/**
 * The ages of a job at which the reconciler asks for its effect, and what follows from the effect. To read an item costs
 * little, to ask for its effect ten times as much.
 */

import { failingSince } from '../execution/effect/failing.ts'
import { leaseIsOver } from '../execution/effect/lease.ts'
import type { Effect } from '../execution/effect.ts'
import { lifetimes } from '../lib/lifetimes.ts'
import { grace, type Marks, type PartState } from './reconcile-marks.ts'

const day = 86_400_000

/** The part of every outbox item that the reconciler reads: to carry and decode them whole would be most of the work. */
export interface Written {
  readonly pk: string
  /** Its sort key. */
  readonly id: string
  readonly lane: string
  /** When the job is to be in its lane: its time to run, the end of its wait, or else when it was written. ISO 8601 UTC. */
  readonly start: string
  readonly createdAt: string
  /** When the reconciler sent it last, ISO 8601 UTC. */
  readonly resentAt?: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

/** A pass through a part of the table. */
export interface Pass {
  /** When it began, in ms since the epoch. */
  readonly at: number
  readonly marks: Marks
  /** The pass before: each check is due once, between two passes, however far apart they are. */
  readonly before: PartState
  /** Asks for every job, at whatever age. */
  readonly everything: boolean
}

/**
 * When the retries of a job must be over, in ms after its time to run: 3.5 days of waits (`backoffProblem` in backoff.ts), and
 * 3 days in which its calls were throttled (`throttleTimeout` in failure.ts).
 */
const retriesOver = 7 * day + grace

/** The last check of an item comes this long before it expires, in ms: a pass a day, and one to spare. */
const lastCheckBefore = 2 * day

/** Number of checks of a healthy job's effect: below the mark, when its retries are over, before its item expires. */
export const checksPerJob = 3

/** The mark of a lane. One that the application does not have has no queue, so nothing waits there. */
export function markOf({ marks, at }: Pick<Pass, 'marks' | 'at'>, lane: string): number {
  return marks[lane] ?? at - grace
}

/**
 * A job that was sent again is left alone for this long, in ms, except by an operator: SQS leaves a message that was received
 * often out of the age of the oldest, and a consumer that cannot start makes all of them such messages. So it is sent again
 * by the next day's pass at the earliest.
 */
const resendAfter = 20 * 3_600_000

/** When the last message of a job was sent, or counts as sent, in ms since the epoch. */
export function sentAt({ start, resentAt }: Pick<Written, 'start' | 'resentAt'>, everything = false): number {
  const first = Date.parse(start)
  return resentAt === undefined ? first : Math.max(first, resentFrom(resentAt, everything))
}

function resentFrom(resentAt: string, everything: boolean): number {
  return Date.parse(resentAt) + (everything ? 0 : resendAfter)
}

/** When an item is checked for the last time before it expires, in ms since the epoch. */
export function lastCheckAt({ expiresAt }: Pick<Written, 'expiresAt'>): number {
  return expiresAt * 1_000 - lastCheckBefore
}

/** Whether that is now. */
export function isLastCheck(item: Pick<Written, 'expiresAt'>, { at, before }: Pass): boolean {
  const due = lastCheckAt(item)
  return due <= at && due > before.at
}

/** Whether a pass asks for the effect of a job. */
export function isAsked(item: Written, pass: Pass): boolean {
  const sent = sentAt(item, pass.everything)
  const isBelow = sent <= markOf(pass, item.lane)
  if (isBelow && (pass.everything || sent > (pass.before.marks[item.lane] ?? Number.NEGATIVE_INFINITY))) return true
  const over = Date.parse(item.start) + retriesOver
  return (over <= pass.at && over > pass.before.at) || isLastCheck(item, pass)
}

/** A message can be hidden for 12 hours at most; an attempt that nobody touched for longer has no message any more. ms. */
const longestHidden = 13 * 3_600_000

/** `lost`: the job has not ended, and has surely no message. `waits`: it has not ended, and may have one. */
export type Standing = 'ended' | 'waits' | 'lost'

/** The standing of a job. @param effect of this life of its id */
export function standingOf(item: Written, effect: Effect | undefined, pass: Pass): Standing {
  const mark = markOf(pass, item.lane)
  const sent = sentAt(item, pass.everything)
  // A time that cannot be read is below every mark.
  if (!effect) return sent > mark ? 'waits' : 'lost'
  if (effect.state === 'retrying') return isLostRetry(effect, item, mark, pass.everything) ? 'lost' : 'waits'
  if (effect.state !== 'running') return 'ended'
  const started = Date.parse(effect.startedAt ?? '')
  const isSilent = leaseIsOver(effect, new Date(pass.at)) && started + longestHidden < pass.at
  return isSilent && Math.max(started, sent) <= mark ? 'lost' : 'waits'
}

/**
 * Whether a job that waits for a retry has no message. The mark may not know a message that was received often, so it must
 * have been visible for a grace longer than what the mark knows.
 *
 * @param item its outbox item, or `{}` while that is not read
 */
export function isLostRetry(
  effect: Effect,
  { resentAt }: Pick<Written, 'resentAt'>,
  mark: number,
  everything = false,
): boolean {
  const resent = resentAt === undefined ? 0 : resentFrom(resentAt, everything)
  return Math.max(retryAt(effect), resent) + grace <= mark
}

/**
 * From when on the message of a job that waits for a retry is visible, in ms since the epoch. A redrive and a replay send
 * one at once.
 */
export function retryAt(effect: Effect): number {
  return Math.max(effect.notBefore ?? 0, Date.parse(failingSince(effect) ?? '') || 0)
}

/** Whether a job died so lately that its item is kept, to be replayed: at least until a month after its death. */
export function isFreshDeath(effect: Effect, now: number): boolean {
  return (
    effect.state === 'dead' && Date.parse(effect.finishedAt ?? '') > now - (lifetimes.outbox * 1_000 - lastCheckBefore)
  )
}
