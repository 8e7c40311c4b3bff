/**
 * The relay of ordered lanes: each group in turn. The stream has the order of what was written and released; the index
 * `turn` has what waits. A job that waits and comes before the one at hand is taken along, whether it was released or not.
 */

import { pooled } from '../lib/pooled.ts'
import type { LaneSender } from '../lib/ports.ts'
import type { Envelope } from './envelope.ts'
import { inSequence, merge, type Place } from './group-row.ts'
import { outgoing } from './message.ts'
import { type RelayEntry, type SendDeps, type StreamRecord, sendAll } from './relay-send.ts'
import { startOf, type Turn, turnKey } from './turn.ts'

export interface OrderedDeps {
  /** The jobs of a group whose key in the index `turn` is between two keys, as of the last write. */
  readonly turns: (group: string, since: string, until: string) => Promise<readonly Turn[]>
  /** Reads several outbox items as envelopes, as of the last write. */
  readonly envelopes: (ids: readonly string[]) => Promise<readonly Envelope[]>
  /** Sends timers to their queue. */
  readonly timers: LaneSender
  /** When this process sent which message, in ms since the epoch. It outlives an invocation. */
  readonly sent: Map<string, number>
  /** When the invocation must end, in ms since the epoch. */
  readonly until: number
}

/**
 * A release may reach the stream this much later than its `releasedAt` says, in ms: clocks differ, and a write may be
 * tried again. Until then the job counts as on its way, and is taken along.
 */
const releaseTime = 60_000

/** SQS drops a second message with the same key for five minutes. What was sent within less is not sent again. ms. */
const dedupTime = 240_000

/** Queries at the same time. */
const width = 20

/** Sends what goes to one ordered lane, each group in turn; returns the numbers of the records that could not be sent. */
export async function sendInOrder(
  deps: SendDeps,
  ordered: OrderedDeps,
  lane: string,
  entries: readonly RelayEntry[],
): Promise<string[]> {
  forget(ordered.sent, deps.clock.now().getTime() - dedupTime)
  const groups = [...Map.groupBy(entries, ({ envelope }) => String(envelope.group))]
  const failed: string[] = []
  const rows = await pooled(groups, width, async ([group, list]) => {
    try {
      return await rowOf(ordered, lane, group, list)
    } catch (error) {
      failed.push(...giveUp(deps, list, `its group's index of turns could not be read: ${String(error)}`))
      return []
    }
  })
  return [...failed, ...(await sendRows(deps, ordered, rows))]
}

function giveUp({ observe }: SendDeps, list: readonly Pick<Place, 'record'>[], reason: string): string[] {
  return list.map(({ record: { sequenceNumber } }) => {
    observe({ kind: 'unsent', sequenceNumber, reason })
    return sequenceNumber
  })
}

/** The jobs of a group in the order in which they are to be sent. */
async function rowOf(
  { turns }: OrderedDeps,
  lane: string,
  group: string,
  entries: readonly RelayEntry[],
): Promise<Place[]> {
  const places = inSequence(entries)
  const first = Math.min(...entries.map(({ record }) => record.at))
  const last = places.map(({ turn }) => startOf(turn)).reduce((a, b) => (a > b ? a : b))
  const since = turnKey.released(new Date(first - releaseTime).toISOString())
  const waiting = (await turns(group, since, turnKey.waiting(last))).filter((turn) => turn.lane === lane)
  return merge(places, waiting)
}

/**
 * Wave after wave with at most one message of each group, since SQS may take the third of a batch and refuse the second.
 * A group whose message was not taken sends nothing more.
 */
async function sendRows(deps: SendDeps, ordered: OrderedDeps, rows: readonly (readonly Place[])[]): Promise<string[]> {
  const left = rows.filter(({ length }) => length > 0).map((row) => [...row])
  const failed: string[] = []
  while (left.some(({ length }) => length > 0)) {
    if (deps.clock.now().getTime() > ordered.until)
      return [...failed, ...giveUp(deps, left.flat(), 'the invocation ends; the next one goes on')]
    const wave = left.flatMap((row) => row[0] ?? [])
    const refused = await sendWave(deps, ordered, wave)
    for (const row of left) {
      if (!row[0]) continue
      if (refused.has(row[0])) failed.push(...row.splice(0).map(({ record }) => record.sequenceNumber))
      else row.shift()
    }
  }
  return failed
}

/** Sends one job of each group; returns those that were not taken. */
async function sendWave(deps: SendDeps, ordered: OrderedDeps, wave: readonly Place[]): Promise<ReadonlySet<Place>> {
  const unsent = wave.filter(({ turn }) => !ordered.sent.has(turn.id))
  const { entries, unread } = await fetchMissing(deps, ordered, unsent)
  const refused = new Set((await sendAll(deps, entries)).map(({ place }) => place))
  const now = deps.clock.now().getTime()
  for (const { place } of entries) if (!refused.has(place)) ordered.sent.set(place.turn.id, now)
  return new Set([...refused, ...unread])
}

/** Reads what is taken along. What is not there any more, or cannot be a message, is left out; its record tells of it. */
async function fetchMissing(deps: SendDeps, { envelopes }: OrderedDeps, places: readonly Place[]) {
  const missing = places.filter(({ entry }) => !entry)
  let unread: readonly Place[] = []
  const found = new Map<string, Envelope>()
  try {
    if (missing.length > 0)
      for (const envelope of await envelopes(missing.map(({ turn }) => turn.id))) found.set(envelope.id, envelope)
  } catch (error) {
    unread = missing
    giveUp(deps, missing, `a job before it could not be read: ${String(error)}`)
  }
  const entries = places.flatMap((place) => {
    const envelope = found.get(place.turn.id)
    const entry = place.entry ?? (envelope && entryOf(place.record, envelope, deps.clock.now()))
    return entry ? [{ ...entry, place }] : []
  })
  return { entries, unread }
}

function entryOf(record: StreamRecord, envelope: Envelope, now: Date): RelayEntry | undefined {
  try {
    return { record, envelope, message: outgoing(envelope, 'ordered', now), start: startOf(envelope) }
  } catch {
    return undefined
  }
}

/** Drops what was sent before a moment. A map keeps its order, so the oldest come first. */
function forget(sent: Map<string, number>, before: number): void {
  for (const [id, at] of sent) {
    if (at >= before) return
    sent.delete(id)
  }
}
