/** Redrive: dead jobs go back to their lanes, chosen one by one or by a filter; then their dead letters leave the dead-letter queue. */

import type { Registry } from '../define/registry.ts'
import { effectOf } from '../execution/effect/lives.ts'
import { isTakenBy, reviveWrite } from '../execution/effect/operator-writes.ts'
import type { Effect } from '../execution/effect.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, LaneSender, Store } from '../lib/ports.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { type BatchEntry, chunks, outgoing, sendProblem, trySend } from '../outbox/send.ts'
import { type DeadLetterQueue, tidy } from './tidy.ts'

export interface RedriveDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  readonly sender: LaneSender
  /** Reads several effects, as of the last write; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
  /** Reads the outbox items of several jobs as envelopes; what has expired is left out. */
  readonly envelopes: (ids: readonly string[]) => Promise<readonly Envelope[]>
  readonly deadLetters: (lane: string) => DeadLetterQueue | undefined
}

export interface RedriveResult {
  /** Dead jobs that were found. */
  readonly matched: number
  /** Those that this call sent to their lanes; another operator may have sent the rest at the same time. */
  readonly moved: number
  /** Those that this call took, but whose messages SQS did not accept: they are `retrying`, and the reconciler sends them. */
  readonly unsent?: number
  /** False when time ran out: call again. */
  readonly complete: boolean
}

/**
 * Sends dead jobs to their lanes again, each with a fresh budget of attempts. Several redrives and replays at once send each
 * job once: the one whose write takes the job sends it.
 *
 * @param dead pages of dead effects
 * @param until ms since the epoch
 */
export async function redrive(
  deps: RedriveDeps,
  dead: AsyncIterable<readonly Effect[]>,
  until: number,
): Promise<RedriveResult> {
  const results: SentAgain[] = []
  let matched = 0
  let complete = true
  for await (const page of dead) {
    matched += page.length
    results.push(...(await sendAgain(deps, page)))
    complete = deps.clock.now().getTime() < until
    if (!complete) break
  }
  const moved = results.filter(({ outcome }) => outcome === 'moved')
  const unsent = results.filter(({ outcome }) => outcome === 'unsent').length
  for (const [lane, ofLane] of Map.groupBy(moved, ({ lane }) => lane))
    complete = (await tidy(deps, lane, ofLane.length, until)) && complete
  // A call before this one may have moved everything, and had no time left for the letters.
  if (moved.length === 0)
    await Promise.all([...deps.registry.lanes.keys()].map((lane) => tidy(deps, lane, Number.POSITIVE_INFINITY, until)))
  return { matched, moved: moved.length, complete, ...(unsent > 0 ? { unsent } : {}) }
}

/** Counts what a redrive would move. */
export async function countMatches(dead: AsyncIterable<readonly Effect[]>): Promise<number> {
  let matched = 0
  for await (const page of dead) matched += page.length
  return matched
}

/** What became of a dead job that was to be sent again. */
export interface SentAgain {
  readonly lane: string
  /**
   * `lost`: it is no longer dead; another operator, or its message, was quicker. `unsent`: it is ours, but SQS did not take its
   * message. `unsendable`: its lane does not take it (see `sendProblem`), so the job stays dead.
   */
  readonly outcome: 'moved' | 'lost' | 'unsent' | 'unsendable'
}

/**
 * Takes dead jobs and sends them to their lanes; those whose outbox item has expired are left out.
 *
 * First the effect says `retrying`, then the message is sent. If the process dies in between, or SQS refuses the message, the
 * job stands in the index as `retrying` without a message: the reconciler finds it there within two hours and sends it. It is not
 * made dead again: its dead letter may have been tidied away by now, and a message whose answer was lost may be on its way.
 */
export async function sendAgain(deps: RedriveDeps, page: readonly Effect[]): Promise<SentAgain[]> {
  const effects = new Map(page.map((effect) => [effect.pk, effect]))
  const envelopes = await deps.envelopes([...effects.keys()])
  const token = deps.ids.fresh()
  const results: SentAgain[] = []
  for (const [lane, ofLane] of Map.groupBy(envelopes, (envelope) => envelope.lane)) {
    // A death of a former life of the id is no concern of the job that has it now.
    const dead = ofLane.filter((envelope) => effectOf(envelope, effects.get(envelope.id)))
    const sendable = dead.filter((envelope) => sendProblem(deps.registry, envelope) === undefined)
    results.push(...dead.slice(sendable.length).map(() => ({ lane, outcome: 'unsendable' as const })))
    const entries = sendable.map((envelope) => entryOf(deps, effects.get(envelope.id) as Effect, envelope))
    for (const chunk of chunks(entries)) {
      const outcomes = await takeAndSend(deps, lane, chunk, token)
      results.push(...outcomes.map((outcome) => ({ lane, outcome })))
    }
  }
  return results
}

function entryOf({ registry, clock }: RedriveDeps, effect: Effect, envelope: Envelope): Taken {
  const kind = registry.lanes.get(envelope.lane)?.kind ?? 'standard'
  // The send key lets an ordered lane take it, although it had the same message within its five minutes of memory.
  const message = outgoing(envelope, kind, clock.now(), `-r${effect.deaths}`)
  return { envelope, effect, message: { ...message, deaths: effect.deaths } }
}

type Taken = BatchEntry & { readonly effect: Effect }

async function takeAndSend(
  deps: RedriveDeps,
  lane: string,
  chunk: readonly Taken[],
  token: string,
): Promise<SentAgain['outcome'][]> {
  const taken = await Promise.allSettled(chunk.map(({ effect }) => take(deps, effect, token)))
  const ours = chunk.filter((_, i) => taken[i]?.status === 'fulfilled' && taken[i].value)
  // If the process dies here, the reconciler finds what was taken.
  const unsent = ours.length > 0 ? await sendTwice(deps.sender, lane, ours) : []
  // Only now: what was taken beside a write that failed has been sent.
  const failed = taken.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return chunk.map((one) => (ours.includes(one) ? (unsent.includes(one) ? 'unsent' : 'moved') : 'lost'))
}

async function take({ store, clock, registry }: RedriveDeps, effect: Effect, token: string): Promise<boolean> {
  const maxAttempts = registry.jobs.get(effect.type)?.maxAttempts ?? 5
  const result = await store.write(reviveWrite(effect, maxAttempts, clock.now(), token))
  return result.kind === 'written' || isTakenBy(result.met as unknown as Effect | undefined, token)
}

/** Sends messages, and once more what was not taken; returns what was not taken then. */
export async function sendTwice<P extends BatchEntry>(
  sender: LaneSender,
  lane: string,
  entries: readonly P[],
): Promise<P[]> {
  const left = async (some: readonly P[]) => {
    const reasons = await trySend(sender, lane, some)
    return some.filter((_, i) => reasons[i] !== undefined)
  }
  const first = await left(entries)
  return first.length > 0 ? left(first) : first
}
