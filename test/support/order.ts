/** The order of a group as a judge sees it: by run time, then by the order of writing. */

/** A job and what is known of its times. */
export interface Judged {
  readonly id: string
  readonly runAt?: string
  readonly createdAt: string
  readonly seq?: number
  /** When its outbox item was written, in ms of true time. */
  readonly writtenAt: number
  /** Its place among all items that were written. */
  readonly place: number
}

/** Clocks of two processes differ by less than this. ms. */
const skew = 1_000

/** Pairs of jobs that ran the wrong way round, in the order in which they ran. What no clock can tell apart is no such pair. */
export function outOfOrder(ran: readonly Judged[]): string[] {
  return ran.flatMap((later, i) =>
    ran.slice(0, i).flatMap((earlier) => (precedes(later, earlier) ? [`${later.id} is before ${earlier.id}`] : [])),
  )
}

function precedes(a: Judged, b: Judged): boolean {
  if (!waits(a) && !waits(b)) return a.place < b.place
  if (isInTime(a) && isInTime(b) && a.runAt === b.runAt)
    return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && (a.seq ?? 0) < (b.seq ?? 0))
  return latest(a) < earliest(b)
}

const waits = ({ runAt = '', createdAt }: Judged) => runAt > createdAt
/** Its item was there well before its time; else a slow process wrote it, and it counts by the one time or by the other. */
const isInTime = (job: Judged) => waits(job) && Date.parse(job.runAt ?? '') > job.writtenAt + skew
const start = (job: Judged) => Date.parse((waits(job) ? job.runAt : undefined) ?? job.createdAt)
const earliest = (job: Judged) => (isInTime(job) ? start(job) : start(job) - skew)
const latest = (job: Judged) => (isInTime(job) ? start(job) : Math.max(start(job), job.writtenAt) + skew)
