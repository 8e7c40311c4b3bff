/** Failures grouped by type and error. */
import type { Effect } from '../execution/effect.ts'

/** The attributes that a failure is grouped by. */
export type JobFailure = Pick<Effect, 'type' | 'lastError'>

export interface ErrorGroup {
  readonly type: string
  readonly error: string
  readonly count: number
}

/**
 * Counts failures by type and error; what differs from one job to the next (ids, addresses, long numbers) is left out of
 * the error.
 */
export function errorGroups(effects: Iterable<JobFailure>): ErrorGroup[] {
  const groups = new Map<string, { type: string; error: string; count: number }>()
  for (const { type, lastError } of effects) {
    const error = groupedError(lastError)
    const group = groups.get(`${type}\n${error}`) ?? { type, error, count: 0 }
    group.count++
    groups.set(`${type}\n${error}`, group)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

/** An error without what differs from one job to the next: ids, addresses of people and machines, times, long numbers. */
export function groupedError(error?: unknown): string {
  return (
    String(error ?? '')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
      .replace(/[^\s@<>"']+@[^\s@<>"']+/g, '<address>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>')
      // A name of several machines resolves to one of them at a time; the port tells the service.
      .replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '<ip>')
      .replace(/\b(connect [A-Z]+ )[0-9a-f:]*:[0-9a-f:]*:(?=\d+\b)/gi, '$1<ip>:')
      // Request ids, and ids that are not UUIDs.
      .replace(/\b(?=[A-Za-z]*\d)[0-9A-Za-z]{20,}\b/g, '<id>')
      .replace(/\d{5,}/g, '<number>')
  )
}
