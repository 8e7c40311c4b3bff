import { api } from '../../api/api.ts'
import type { DeadLetters, ErrorGroup, FailingFilter } from '../../api/types.ts'

/** Dead letters on one page of the list. */
export const pageSize = 50

/** What tells one group from another. */
export type ErrorKey = Pick<ErrorGroup, 'type' | 'error'>

/** One page of dead letters, of one error only if one is wanted, and the groups of all that the filter matches. */
export async function loadDeadLetters(
  filter: FailingFilter,
  wanted: ErrorKey | undefined,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<DeadLetters> {
  if (!wanted) return api.deadLetters({ ...filter, limit: pageSize, cursor }, signal)
  const [all, page] = await Promise.all([
    api.deadLetters({ ...filter, limit: 1 }, signal),
    api.deadLetters({ ...filter, ...wanted, limit: pageSize, cursor }, signal),
  ])
  return { ...all, deadLetters: page.deadLetters, next: page.next }
}
