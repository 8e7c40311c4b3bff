/** Timers: messages of a queue of their own that SQS delays until a job of an ordered lane, or a debounced job, is to be released. */
import * as z from 'zod'
import { isJobId } from '../lib/id.ts'
import type { LaneSender, Outgoing } from '../lib/ports.ts'
import { slices } from '../lib/slices.ts'
import { chunks, trySend } from './send.ts'

/** A job that waits for its time, by what its release needs. */
export interface Waiting {
  readonly id: string
  readonly lane: string
  /** When it is to be in its lane, ISO 8601 UTC. */
  readonly dueAt: string
  /** Whether another request may put it off until then. @default - it may not */
  readonly debounced?: true
}

/**
 * How far ahead a sweep looks, in ms. Two sweeps, a minute apart, see each job before its time: one of them may fail.
 * A job that is written with less time left than this has its timer set by the relay.
 */
export const sweepAhead = 150_000

/** Jobs in one message: some 30 KB, less than the 64 KiB that SQS bills as one request. */
const jobsPerTimer = 200

/** Name under which the sender of timers knows their queue. */
const timers = 'timers'

const schema = z.array(
  z.object({
    id: z.string().refine(isJobId),
    lane: z.string(),
    dueAt: z.iso.datetime(),
    debounced: z.literal(true).optional(),
  }),
)

/** The jobs of a timer. Throws when the body is not one of a timer. */
export function decodeTimer(body: string): readonly Waiting[] {
  return schema.parse(JSON.parse(body))
}

/** One timer for the jobs of one second. It comes less than a second before the first: SQS knows whole seconds only. */
export function timersOf(jobs: readonly Waiting[], now: Date): Outgoing[] {
  const bySecond = Map.groupBy(jobs, ({ dueAt }) => Math.floor(Date.parse(dueAt) / 1000))
  return [...bySecond.values()].flatMap((list) =>
    slices(list, jobsPerTimer).map((part) => {
      const first = Math.min(...part.map(({ dueAt }) => Date.parse(dueAt)))
      return {
        body: JSON.stringify(part.map(({ id, lane, dueAt, debounced }) => ({ id, lane, dueAt, debounced }))),
        delaySeconds: Math.max(0, Math.floor((first - now.getTime()) / 1000)),
      }
    }),
  )
}

/**
 * Sets timers for jobs. Never throws.
 *
 * @returns why some could not be set; empty if all were
 */
export async function setTimers(sender: LaneSender, jobs: readonly Waiting[], now: Date): Promise<string[]> {
  const reasons: string[] = []
  for (const chunk of chunks(timersOf(jobs, now).map((message) => ({ message }))))
    reasons.push(...(await trySend(sender, timers, chunk)).filter((reason) => reason !== undefined))
  return reasons
}
