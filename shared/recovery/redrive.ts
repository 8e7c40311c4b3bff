/**
 * Redrive: dead jobs go back to their lanes, chosen one by one or by a filter; then their dead letters leave the
 * dead-letter queue.
 */

import type { Registry } from '../define/registry.ts'
import { effectOf } from '../execution/effect/lives.ts'
import { isTakenBy, reviveWrite } from '../execution/effect/operator-writes.ts'
import type { Effect } from '../execution/effect.ts'
import { maxAttemptsOf } from '../execution/policy.ts'
import type { Ids } from '../lib/id.ts'
import type { Clock, LaneSender, Store } from '../lib/ports.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { sendProblem } from '../outbox/message.ts'
import { type BatchEntry, entryOf, sendByLane } from '../outbox/send.ts'
import { bringBack } from './bring-back.ts'
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
  /** Those that stay dead, because another job of their unique key has not finished. */
  readonly held?: number
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
  const [unsent = 0, held = 0] = (['unsent', 'held'] as const).map(
    (wanted) => results.filter(({ outcome }) => outcome === wanted).length,
  )
  for (const [lane, ofLane] of Map.groupBy(moved, ({ lane }) => lane))
    complete = (await tidy(deps, lane, ofLane.length, until)) && complete
  // A call before this one may have moved everything, and had no time left for the dead letters.
  if (moved.length === 0)
    await Promise.all([...deps.registry.lanes.keys()].map((lane) => tidy(deps, lane, Number.POSITIVE_INFINITY, until)))
  return { matched, moved: moved.length, complete, unsent: unsent || undefined, held: held || undefined }
}

/** Counts what a redrive would move. */
export async function countMatches(dead: AsyncIterable<readonly Effect[]>): Promise<number> {
  let matched = 0
  for await (const page of dead) matched += page.length
  return matched
}

/** The outcome of a dead job that was to be sent again. */
export interface SentAgain {
  readonly lane: string
  /**
   * `lost`: it is no longer dead; another operator, or its message, was quicker. `unsent`: it is ours, but SQS did not take its
   * message. `unsendable`: its lane does not take it (see `sendProblem`), so the job stays dead. `held`: another job of its
   * unique key has not finished, so it stays dead as well.
   */
  readonly outcome: 'moved' | 'lost' | 'unsent' | 'unsendable' | 'held'
  /** Id of the job that has the unique key. */
  readonly heldBy?: string
}

/**
 * Takes dead jobs and sends them to their lanes; those whose outbox item has expired are left out.
 *
 * First the effect turns to `retrying`, then the message is sent. If the process dies in between, or SQS refuses the message,
 * the job stands in the index as `retrying` without a message: the reconciler finds it there within two hours and sends it.
 * It is not made dead again: its dead letter may have been tidied away by now, and a message whose answer was lost may be on
 * its way.
 */
export async function sendAgain(deps: RedriveDeps, page: readonly Effect[]): Promise<SentAgain[]> {
  const effects = new Map(page.map((effect) => [effect.pk, effect]))
  const envelopes = await deps.envelopes([...effects.keys()])
  const dead = envelopes.flatMap((envelope) => {
    // A death of a former life of the id does not concern the job that has it now.
    const effect = effectOf(envelope, effects.get(envelope.id))
    return effect ? [{ envelope, effect }] : []
  })
  const parts = Map.groupBy(dead, ({ envelope }) => sendProblem(deps.registry, envelope) === undefined)
  const entries = (parts.get(true) ?? []).map(({ envelope, effect }) => deadEntryOf(deps, envelope, effect))
  const unsendable = parts.get(false) ?? []
  return [
    ...unsendable.map(({ envelope: { lane } }) => ({ lane, outcome: 'unsendable' as const })),
    ...(await takeAndSend(deps, entries)),
  ]
}

/** A dead job and its message. */
type DeadEntry = BatchEntry & { readonly effect: Effect }

function deadEntryOf({ registry, clock }: RedriveDeps, envelope: Envelope, effect: Effect): DeadEntry {
  // The send key lets an ordered lane take it, although it had the same message within its five minutes of memory.
  const { message } = entryOf(registry, envelope, clock.now(), `-r${effect.deaths}`)
  return { envelope, effect, message: { ...message, deaths: effect.deaths } }
}

async function takeAndSend(deps: RedriveDeps, entries: readonly DeadEntry[]): Promise<SentAgain[]> {
  const token = deps.ids.fresh()
  const taken = new Set<BatchEntry>()
  const held = new Map<BatchEntry, string>()
  let fault: PromiseRejectedResult | undefined
  const takeAll = async (chunk: readonly DeadEntry[]) => {
    if (fault) return []
    const takes = await Promise.allSettled(chunk.map((entry) => take(deps, entry, token)))
    const ours = chunk.filter((entry, i) => {
      const value = takes[i]?.status === 'fulfilled' ? takes[i].value : false
      if (typeof value === 'object') held.set(entry, value.heldBy)
      return value === true
    })
    for (const entry of ours) taken.add(entry)
    fault = takes.find((one) => one.status === 'rejected')
    // If the process dies here, the reconciler finds what was taken.
    return ours
  }
  const refused = await sendByLane(deps, entries, { tries: 2, take: takeAll })
  // Only now: what was taken next to a write that failed has been sent.
  if (fault) throw fault.reason
  const unsent = new Set<BatchEntry>(refused.map(({ entry }) => entry))
  return entries.map((entry) => ({
    lane: entry.envelope.lane,
    outcome: taken.has(entry) ? (unsent.has(entry) ? 'unsent' : 'moved') : held.has(entry) ? 'held' : 'lost',
    heldBy: held.get(entry),
  }))
}

/** @returns whether the job is this operator's, or the job that has its unique key */
async function take(
  deps: RedriveDeps,
  { envelope, effect }: DeadEntry,
  token: string,
): Promise<boolean | { readonly heldBy: string }> {
  const write = reviveWrite(effect, maxAttemptsOf(deps.registry, effect.type), deps.clock.now(), token)
  const result = await bringBack(deps, envelope, write, token)
  if (result.kind === 'held') return { heldBy: result.by }
  return result.kind === 'written' || isTakenBy(result.met as Effect | undefined, token)
}
