/**
 * The slots of a rate limit: one item of the effects table, whose times only move forward. `next` is the slot of the next
 * start: whoever moves it on has the slots that it moved over. `reserved` is the end of the queue: a job that would wait long
 * takes a place there, leaves, and comes back at the time of its place.
 *
 * If a process dies with a slot, the slot is unused: the rate is lower, never higher.
 */
import type { Pace } from '../../define/rate-limit.ts'
import { expiresAfter } from '../../lib/lifetimes.ts'
import type { Store } from '../../lib/ports.ts'
import type { Item, Write } from '../../lib/write.ts'

/** The item of a limit. Times are ms since the epoch. */
export interface Limit {
  /** Slot of the next start. */
  readonly next?: number
  /** Last place in the queue. */
  readonly reserved?: number
}

/** What a job may do. Times are ms since the epoch. */
export type Slot =
  /** Start from `at` on, and not after `until`: then it needs another slot. */
  | { readonly kind: 'start'; readonly at: number; readonly until: number }
  | { readonly kind: 'wait'; readonly until: number }

export interface Wanted {
  /** Key of the item. */
  readonly pk: string
  readonly pace: Pace
  /** Number of jobs, at least 1. */
  readonly jobs: number
  /** Whether they have waited in the queue: others queue up behind it. */
  readonly hasWaited: boolean
  /** How far ahead a start may be, in ms: the job waits for it in its process. */
  readonly ahead: number
}

/** The slots of some jobs, and the item as it is then. */
export interface Taken {
  readonly slots: readonly Slot[]
  readonly seen: Limit
}

/** Refused writes after which a limit counts as contended. */
const mostRefusals = 4

/**
 * Takes slots for some jobs of one limit: a write, or two if only some of them may start.
 *
 * @param now ms since the epoch
 * @param seen the item as it was last seen; if it has changed, the first write is refused and shows it
 */
export async function takeSlots(
  store: Pick<Store, 'write'>,
  wanted: Wanted,
  now: number,
  seen: Limit = {},
): Promise<Taken> {
  const slots: Slot[] = []
  let limit = seen
  for (let refusals = 0; slots.length < wanted.jobs && refusals < mostRefusals; ) {
    const left = { ...wanted, jobs: wanted.jobs - slots.length }
    const count = startable(limit, left, now)
    const result = await store.write(count > 0 ? startWrite(limit, left, count, now) : reserveWrite(limit, left, now))
    if (result.kind === 'refused') {
      limit = limitOf(result.met)
      refusals++
      continue
    }
    limit = limitOf(result.item)
    slots.push(...(count > 0 ? starts(limit, left, count, now) : places(limit, left)))
  }
  // Many took slots at the same time: the rest comes back in a second.
  const rest = Array.from({ length: wanted.jobs - slots.length }, (): Slot => ({ kind: 'wait', until: now + 1_000 }))
  return { slots: [...slots, ...rest], seen: limit }
}

/** Number of jobs that may start within reach: none that has not waited, while others wait. */
function startable({ next = 0, reserved = 0 }: Limit, { pace, jobs, hasWaited, ahead }: Wanted, now: number): number {
  if (!hasWaited && reserved > now) return 0
  const reach = now + ahead + pace.early - Math.max(next, now)
  return Math.max(0, Math.min(jobs, Math.floor(reach / pace.step) + 1))
}

function starts({ next = 0 }: Limit, { pace }: Wanted, count: number, now: number): Slot[] {
  return Array.from({ length: count }, (_, n): Slot => {
    const slot = next - (count - n) * pace.step
    return { kind: 'start', at: Math.max(now, slot - pace.early), until: Math.max(now, slot) + pace.late }
  })
}

function places({ reserved = 0 }: Limit, { pace, jobs }: Wanted): Slot[] {
  return Array.from({ length: jobs }, (_, n): Slot => ({ kind: 'wait', until: reserved - (jobs - 1 - n) * pace.step }))
}

/** Moves the next start on: from where it is, if it is ahead of the clock, else from now. */
function startWrite({ next = 0 }: Limit, { pk, pace, hasWaited, ahead }: Wanted, count: number, now: number): Write {
  const by = count * pace.step
  const reach = now + ahead + pace.early - (count - 1) * pace.step
  const behindQueue = hasWaited ? '' : ' AND (attribute_not_exists(reserved) OR reserved <= :now)'
  const [set, where, numbers] =
    next >= now
      ? (['nextStart = nextStart + :by', 'nextStart >= :now AND nextStart <= :reach', { now, by, reach }] as const)
      : (['nextStart = :to', '(attribute_not_exists(nextStart) OR nextStart < :now)', { now, to: now + by }] as const)
  return limitWrite(pk, [set, `${where}${behindQueue}`], numbers, Math.max(next, now) + by)
}

/** Moves the end of the queue on: from where it is, or from the slot of the next start if nobody waits. */
function reserveWrite({ next = 0, reserved = 0 }: Limit, { pk, pace, jobs }: Wanted, now: number): Write {
  const by = jobs * pace.step
  const from = Math.max(next, now)
  const [set, where, numbers] =
    reserved >= from
      ? (['reserved = reserved + :by', 'reserved >= :from', { from, by }] as const)
      : (['reserved = :to', '(attribute_not_exists(reserved) OR reserved < :from)', { from, to: from + by }] as const)
  return limitWrite(pk, [set, where], numbers, Math.max(reserved, from) + by)
}

/** Seconds that an idle limit is kept. Without its item nothing is lost: the limit begins anew. */
const kept = 86_400

/** @param last the latest time that the item then has, in ms since the epoch */
function limitWrite(
  pk: string,
  [set, condition]: readonly [string, string],
  numbers: Readonly<Record<string, number>>,
  last: number,
): Write {
  const values = { ...numbers, expiresAt: expiresAfter(new Date(last), kept) }
  return {
    op: 'update',
    table: 'effects',
    key: { pk },
    update: {
      text: `SET ${set}, expiresAt = :expiresAt`,
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
    },
    condition: { text: condition },
  }
}

function limitOf(item: Item | undefined): Limit {
  return { next: item?.nextStart as number | undefined, reserved: item?.reserved as number | undefined }
}
