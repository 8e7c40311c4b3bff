/**
 * The order of a group on an ordered lane: by run time, then by the order in which the jobs were written. A job that is
 * not delayed takes its place in the stream; a job that waits for its time has a place in the index `turn` of its group.
 */

/** The attributes that decide which of two jobs of a group comes first. */
export interface Turn {
  readonly id: string
  readonly lane: string
  /** ISO 8601, UTC. */
  readonly runAt?: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** Place among the jobs of its change. @default 0 */
  readonly seq?: number
}

/** When a job may run, ISO 8601 UTC: a time that was over when the job was written means the moment of writing. */
export function startOf({ runAt, createdAt }: Pick<Turn, 'runAt' | 'createdAt'>): string {
  return runAt !== undefined && runAt > createdAt ? runAt : createdAt
}

/** Below 0 if the first of two jobs of a group runs first. */
export function compareTurns(a: Turn, b: Turn): number {
  return (
    compare(startOf(a), startOf(b)) ||
    compare(a.createdAt, b.createdAt) ||
    (a.seq ?? 0) - (b.seq ?? 0) ||
    compare(a.id, b.id)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/**
 * Sort keys of the index `turn`. What was released sorts before what waits, by the time of its release: so one query
 * finds both what was released not long ago and what waits for a time that is over.
 */
export const turnKey = {
  waiting: (runAt: string) => `waiting#${runAt}`,
  released: (releasedAt: string) => `released#${releasedAt}`,
}
