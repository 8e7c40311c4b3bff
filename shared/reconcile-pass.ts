/**
 * What a pass of the reconciler goes through, and whose effect it asks for. To read an item costs little, to ask for its
 * effect ten times as much; so a pass by the clock reads a part of the table and asks only at a few ages of a job.
 */
import { lifetimes } from './lifetimes.ts'

export interface Pass {
  /** Segments of the table, which are read side by side. */
  readonly segments: readonly number[]
  /** How many segments there are. */
  readonly of: number
  /** Asks for every job, at whatever age. */
  readonly everything: boolean
}

const hour = 3_600_000
const day = 24 * hour

/** Segments that are read side by side. */
const width = 4

/** The parts of the table: one an hour, so that every item is read once a day. */
const parts = 24

/** The pass of an hour. */
export function hourlyPass(at: Date): Pass {
  const part = Math.floor(at.getTime() / hour) % parts
  return { segments: Array.from({ length: width }, (_, i) => part * width + i), of: parts * width, everything: false }
}

/** Through the whole outbox, at the same looks: what follows when a part of it had lost jobs. */
export const wholePass: Pass = { segments: Array.from({ length: width }, (_, i) => i), of: width, everything: false }

/** Through the whole outbox, and asks for every job: what an operator wants. */
export const fullPass: Pass = { ...wholePass, everything: true }

/** A job is left in peace for this long after its time to run, in ms: it may be on its way, or wait in a long queue. */
export const grace = 30 * 60_000

/** Nor is a job sent again before this long after the last time, so that a long queue is not flooded. ms. */
const resendAfter = 6 * hour

/**
 * At which age of a job a pass asks how far it is, in days since its time to run: on the first, when it must have started;
 * on the fifth, when its retries must be over (`backoffProblem` in backoff.ts); and before its item expires, so that none
 * goes unseen. A job that was sent again is asked for in every pass, until it has ended.
 */
export const looks = [0, 4, lifetimes.outbox / 86_400 - 2]

/** Each item is read once a day, but a pass may come late; this much, in ms, it must not miss a look. */
const lateness = 2 * hour

/** What decides whether a job is asked for. */
export interface Times {
  /** When it is to run: `runAt`, or else when it was written. ISO 8601 UTC. */
  readonly start: string
  /** When the reconciler sent it last, ISO 8601 UTC. */
  readonly resentAt?: string | undefined
}

/** Whether a pass asks for the effect of a job. */
export function isAsked({ start, resentAt }: Times, now: Date, { everything }: Pass): boolean {
  const age = now.getTime() - Date.parse(start) - grace
  const isLate = age > 0 && (resentAt === undefined || now.getTime() - Date.parse(resentAt) > resendAfter)
  const isDue = (look: number) => age >= look * day && age < (look + 1) * day + lateness
  return isLate && (everything || resentAt !== undefined || looks.some(isDue))
}
