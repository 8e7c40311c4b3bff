/**
 * The item of a unique key, in the effects table: which job stands. Nobody gives a key back: a job stands as long as its effect
 * says so. The request that finds that it has ended takes the key over.
 */
import type { Unique } from '../../define/unique.ts'
import { lifeAround } from '../../execution/effect/lives.ts'
import { lifetimes } from '../../lib/lifetimes.ts'
import { uniqueItems } from '../../lib/names.ts'
import { absent, type Check, type Item, type Write } from '../../lib/write.ts'

/** The item of a unique key. */
export interface KeyItem {
  readonly pk: string
  /** The job that stands, if it has not ended. */
  readonly jobId: string
  /** When the job was written, ISO 8601 UTC: distinguishes the lives of its id. */
  readonly createdAt: string
  /** Time of the job, ISO 8601 UTC. */
  readonly runAt?: string
  /** The taking of the key. A text that is never used twice. */
  readonly taken: string
  /** Until when the job stands at most, in ms since the epoch. */
  readonly heldUntil: number
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/** A job that takes a unique key. */
export interface Taker {
  readonly pk: string
  readonly jobId: string
  readonly createdAt: string
  readonly runAt?: string
  readonly unique: Pick<Unique, 'until' | 'forSeconds'>
}

/**
 * Takes a unique key for a job.
 *
 * @param start from which on the job stands for its longest time
 * @param taken names the taking
 * @param seen the taking that was seen of the key; it has ended, or the key was free
 */
export function takeKeyWrite(
  { pk, jobId, createdAt, runAt, unique }: Taker,
  start: Date,
  taken: string,
  seen: string | undefined,
): Write {
  const heldUntil = start.getTime() + (unique.forSeconds ?? lifetimes.outbox) * 1_000
  const item: KeyItem = { pk, jobId, createdAt, runAt, taken, heldUntil, expiresAt: Math.ceil(heldUntil / 1_000) }
  const known = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))
  return { op: 'put', table: 'effects', item: known, condition: seen === undefined ? absent : isStill(seen) }
}

/** Holds while nobody else has taken the key since it was seen. */
const isStill = (seen: string) => ({ text: `${absent.text} OR taken = :seen`, values: { ':seen': seen } })

/**
 * Holds while a job stands, so that what is written in the same transaction is written before the job starts, or ends. It is
 * asked of the job's effect, and not of the key, for the claim of an attempt changes the effect.
 */
export function standsCheck({ jobId, createdAt }: Pick<KeyItem, 'jobId' | 'createdAt'>, until: Unique['until']): Check {
  const isUntried = `${absent.text} OR createdAt < :earliest`
  const earliest = { ':earliest': lifeAround(createdAt).earliest }
  const condition =
    until === 'started'
      ? { text: isUntried, values: earliest }
      : {
          text: `${isUntried} OR #state = :running OR #state = :retrying`,
          names: { '#state': 'state' },
          values: { ...earliest, ':running': 'running', ':retrying': 'retrying' },
        }
  return { op: 'check', table: 'effects', key: { pk: jobId }, condition }
}

/** Whether an item of the effects table is that of a unique key. */
export function isKeyItem(item: Item): boolean {
  return String(item.pk).startsWith(uniqueItems)
}
