/** A job as a judge sees it, and the order of a group: by run time, then by the order of writing. */
import type { Item } from '../../../shared/lib/write.ts'

/** A job whose outbox item was written, and what is known of its times. */
export interface Written {
  readonly id: string
  readonly lane: string
  readonly type: string
  readonly runAt?: string
  readonly createdAt: string
  readonly seq?: number
  /** Its unique key. */
  readonly key?: string
  /** The key of a unique job that it causes. */
  readonly asks?: string
  /** The job that it replaces, with another payload. */
  readonly replayOf?: string
  /** When its outbox item was written, in ms of true time. */
  readonly writtenAt: number
  /** Its place among all items that were written. */
  readonly place: number
}

export function writtenOf(item: Item, writtenAt: number, place: number): Written {
  const { id, lane, type, runAt, createdAt, seq, replayOf } = item as unknown as Written
  const { payload } = item as { readonly payload: string }
  const { key, asks } = /"(?:key|asks)":/.test(payload) ? JSON.parse(payload) : ({} as Partial<Written>)
  // A mail commits nothing but its completion.
  return {
    id,
    lane,
    type,
    runAt,
    createdAt,
    seq,
    key,
    asks: type === 'plain' ? asks : undefined,
    replayOf,
    writtenAt,
    place,
  }
}

/** When a job is to run, in ms since the epoch; 0 for at once. */
export const dueAt = (written: Written | undefined) => Date.parse(written?.runAt ?? '') || 0

/** The clock of a process, and true time. ms. */
export const clocksDiffer = 500

/** Clocks of two processes differ by less than this. ms. */
const skew = 2 * clocksDiffer

/** Pairs of jobs that ran the wrong way round, in the order in which they ran. What no clock can tell apart is no such pair. */
export function outOfOrder(ran: readonly Written[]): string[] {
  return ran.flatMap((later, i) =>
    ran.slice(0, i).flatMap((earlier) => (precedes(later, earlier) ? [`${later.id} is before ${earlier.id}`] : [])),
  )
}

function precedes(a: Written, b: Written): boolean {
  if (!waits(a) && !waits(b)) return a.place < b.place
  if (isInTime(a) && isInTime(b) && a.runAt === b.runAt)
    return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && (a.seq ?? 0) < (b.seq ?? 0))
  return latest(a) < earliest(b)
}

const waits = ({ runAt = '', createdAt }: Written) => runAt > createdAt
/** Its item was there well before its time; else a slow process wrote it, and it counts by the one time or by the other. */
const isInTime = (job: Written) => waits(job) && Date.parse(job.runAt ?? '') > job.writtenAt + skew
const start = (job: Written) => Date.parse((waits(job) ? job.runAt : undefined) ?? job.createdAt)
const earliest = (job: Written) => (isInTime(job) ? start(job) : start(job) - skew)
const latest = (job: Written) => (isInTime(job) ? start(job) : Math.max(start(job), job.writtenAt) + skew)
