/** One part of the outbox, read to its end over as many runs as that takes. */

import { effectOf } from '../execution/effect/lives.ts'
import type { Effect } from '../execution/effect.ts'
import { isAsked, isFreshDeath, isLastCheck, type Pass, sentAt, standingOf, type Written } from './reconcile-checks.ts'
import { type Lost, type LostDeps, settleLost } from './reconcile-lost.ts'
import {
  grace,
  isBeyondRetention,
  type Marks,
  type PartState,
  stateKey,
  stateWrite,
  unread,
} from './reconcile-marks.ts'
import { keepEffect, keepWrite } from './reconcile-writes.ts'

/** The place where a scan goes on. JSON. */
export type Cursor = Readonly<Record<string, unknown>>

export interface Page {
  readonly items: readonly Written[]
  /** The start of the next page; absent at the end. */
  readonly next?: Cursor
}

/** The parts of the table: one an hour, so that every item is read once a day. */
export const parts = 24

const hourMs = 3_600_000

/** The clock of a function may be behind the Scheduler's, by less than this, in ms. */
const behind = 60_000

/** Segments of a part, which are read side by side. */
const width = 4

/** The part of an hour. */
export function partOfHour(at: Date): number {
  return Math.floor(at.getTime() / hourMs) % parts
}

/**
 * The last part whose hour is over and that was not read in it: the run of that hour failed, or its pass was void. The last one,
 * because the others have their own hour sooner; one, so that what fails for days doubles what is read at most.
 *
 * @param now in ms since the epoch
 */
export async function missedPart(deps: Pick<PassDeps, 'store'>, now: number): Promise<readonly number[]> {
  const hour = Math.floor((now + behind) / hourMs)
  const earlier = Array.from({ length: parts - 1 }, (_, n) => hour - 1 - n)
  const states = await Promise.all(earlier.map((past) => readState(deps, past % parts)))
  const missed = earlier.find((past, n) => (states[n] ?? unread).at < past * hourMs - grace)
  return missed === undefined ? [] : [missed % parts]
}

export interface PassDeps extends LostDeps {
  /** Pages of outbox items of one segment of the table, from a place on. */
  readonly scan: (segment: number, segments: number, from?: Cursor) => AsyncIterable<Page>
  /** Several effects; what does not exist is left out. */
  readonly effects: (ids: readonly string[]) => Promise<readonly Effect[]>
}

/** The rest of a part when a run's time is over. JSON: the next run gets it as its event. */
export interface Rest {
  /** When the pass began, in ms since the epoch. */
  readonly at: number
  /** The marks of that moment. They stay true: messages only leave a queue. */
  readonly marks: Marks
  /** One entry a segment: where it goes on. */
  readonly segments: readonly { readonly isDone: boolean; readonly from?: Cursor }[]
  /** Whether the pass does not count: SQS did not take some job, or how long a lane's messages wait could not be read. */
  readonly isVoid: boolean
}

export interface Counts {
  readonly scanned: number
  readonly resent: number
  readonly unsent: number
  readonly abandoned: number
  /** Lost jobs whose message is not gone for its age alone: where there is one there may be more. */
  readonly suspicious: number
}

export const none: Counts = { scanned: 0, resent: 0, unsent: 0, abandoned: 0, suspicious: 0 }

export function sum(all: readonly Counts[]): Counts {
  const total = (count: keyof Counts) => all.reduce((sum, counts) => sum + counts[count], 0)
  return {
    scanned: total('scanned'),
    resent: total('resent'),
    unsent: total('unsent'),
    abandoned: total('abandoned'),
    suspicious: total('suspicious'),
  }
}

/**
 * Reads a part of the outbox. If the process dies, nothing says that the part was read: the next pass does all of it, and
 * what was sent again is marked.
 *
 * @param from a new pass, or the rest of one
 * @param until when this run must end, in ms since the epoch
 */
export async function readPart(
  deps: PassDeps,
  part: number,
  from: Pick<Rest, 'at' | 'marks'> & Partial<Rest>,
  { everything, until }: { readonly everything: boolean; readonly until: number },
): Promise<{ readonly counts: Counts; readonly rest?: Rest }> {
  const before = await readState(deps, part)
  const pass: Pass = { at: from.at, marks: from.marks, before, everything }
  const start = from.segments ?? Array.from({ length: width }, () => ({ isDone: false }))
  const read = await Promise.all(start.map((place, i) => readSegment(deps, part * width + i, place, { pass, until })))
  const segments = read.map(({ isDone, from }) => ({ isDone, from }))
  const isVoid = from.isVoid === true || read.some(({ refused }) => refused > 0)
  const counts = sum(read.map((segment) => segment.counts))
  if (segments.some(({ isDone }) => !isDone))
    return { counts, rest: { at: pass.at, marks: pass.marks, segments, isVoid } }
  // A job that SQS did not take is lost still, and that of an unread lane may be: without this state, the part is read again.
  if (!isVoid) await deps.store.write(stateWrite(part, before, pass))
  return { counts }
}

async function readState({ store }: Pick<PassDeps, 'store'>, part: number): Promise<PartState> {
  const item = await store.get('effects', stateKey(part))
  return item ? { marks: item.marks as Marks, at: Number(item.readAt) } : unread
}

async function readSegment(
  deps: PassDeps,
  segment: number,
  place: Rest['segments'][number],
  { pass, until }: { readonly pass: Pass; readonly until: number },
) {
  const counts: Counts[] = []
  let refused = 0
  if (place.isDone) return { isDone: true, from: undefined, counts: none, refused }
  for await (const { items, next } of deps.scan(segment, parts * width, place.from)) {
    const checked = await checkPage(deps, items, pass)
    counts.push(checked.counts)
    refused += checked.refused
    if (next && deps.clock.now().getTime() > until) return { isDone: false, from: next, counts: sum(counts), refused }
  }
  return { isDone: true, from: undefined, counts: sum(counts), refused }
}

async function checkPage(deps: PassDeps, items: readonly Written[], pass: Pass) {
  const asked = items.filter((item) => isAsked(item, pass))
  const effects = new Map((await deps.effects(asked.map(({ id }) => id))).map((effect) => [effect.pk, effect]))
  const lost: (Lost & { readonly item: Written })[] = []
  const kept: Written[] = []
  /** Effects of jobs that outlive their first item: they must not be forgotten before it. */
  const known: Effect[] = []
  for (const item of asked) {
    const effect = effectOf(item, effects.get(item.id))
    const standing = standingOf(item, effect, pass)
    const isLast = isLastCheck(item, pass)
    if (isLast && effect && standing !== 'ended') known.push(effect)
    if (standing === 'lost') lost.push({ pk: item.pk, id: item.id, effect, isLast, item })
    else if (isLast && (standing === 'waits' || (effect && isFreshDeath(effect, pass.at)))) kept.push(item)
  }
  const now = deps.clock.now()
  await Promise.all(known.map((effect) => deps.store.write(keepEffect(effect, now))))
  const settled = await settleLost(deps, lost)
  await Promise.all(kept.map(({ pk, id }) => deps.store.write(keepWrite({ pk, sk: id }, now))))
  const resent = new Set(settled.resent)
  const suspicious = lost.filter(({ id, item }) => resent.has(id) && !isBeyondRetention(sentAt(item), pass.at)).length
  const { unsent, abandoned, refused } = settled
  return { counts: { scanned: items.length, resent: resent.size, unsent, abandoned, suspicious }, refused }
}
