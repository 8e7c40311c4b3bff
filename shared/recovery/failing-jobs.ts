/** The list of failing jobs (`retrying`, `dead`), read from the sparse index in order of time. */

import { failingBuckets, failingKey } from '../execution/effect/failing.ts'
import { readableEffect } from '../execution/effect/readable.ts'
import type { Effect } from '../execution/effect.ts'
import { type ErrorGroup, errorGroups, groupedError, type JobFailure } from './error-groups.ts'

export type FailingState = 'retrying' | 'dead'

/** The partitions of the index that hold the jobs of some states. */
export function failingPartitions(states: readonly FailingState[]): string[] {
  return states.flatMap((state) => Array.from({ length: failingBuckets }, (_, bucket) => failingKey(state, bucket)))
}

export interface FailingFilter {
  readonly type?: string
  /** The error of a group, see {@link errorGroups}. No index knows it: it is compared with what was read. */
  readonly error?: string
  /** ISO 8601 UTC, inclusive. */
  readonly since?: string
  /** ISO 8601 UTC, exclusive. */
  readonly until?: string
}

/** A place in the list: just after this effect. */
export type FailingCursor = Pick<Effect, 'pk'> & { readonly failingAt: string }

export interface FailingIndex {
  /** Effects of one partition of the index, oldest first, after the cursor. Fewer than `limit` only at the end. */
  query(
    partition: string,
    filter: FailingFilter,
    page: { readonly after?: FailingCursor; readonly limit: number },
  ): Promise<readonly Effect[]>
  /** Type and error alone of the first effects of one partition. */
  errors(partition: string, filter: FailingFilter, limit: number): Promise<readonly JobFailure[]>
  /** Counts the jobs in one partition. */
  count(partition: string): Promise<number>
}

export interface FailingPage {
  readonly effects: readonly Effect[]
  /** The start of the next page; absent at the end. */
  readonly next?: FailingCursor
}

/** Most jobs that one page reads in search of an error. */
const mostSeen = 5_000

/**
 * One page of failing jobs, oldest first, merged from the partitions of the index. Where an error is looked for, a
 * page may be short, or empty, and yet not be the last.
 */
export async function failingPage(
  index: FailingIndex,
  states: readonly FailingState[],
  filter: FailingFilter,
  page: { readonly after?: FailingCursor; readonly limit: number },
): Promise<FailingPage> {
  if (filter.error === undefined) return mergedPage(index, states, filter, page)
  const found: Effect[] = []
  let { after } = page
  let seen = 0
  do {
    const { effects, next } = await mergedPage(index, states, filter, { after, limit: 500 })
    found.push(...effects.filter(({ lastError }) => groupedError(lastError) === filter.error))
    seen += effects.length
    after = next
  } while (after && found.length < page.limit && seen < mostSeen)
  const effects = found.slice(0, page.limit)
  const last = effects.at(-1)
  const next = found.length > effects.length && last ? cursorOf(last) : after
  return next ? { effects, next } : { effects }
}

async function mergedPage(
  index: FailingIndex,
  states: readonly FailingState[],
  filter: FailingFilter,
  page: { readonly after?: FailingCursor; readonly limit: number },
): Promise<FailingPage> {
  const partitions = failingPartitions(states)
  const lists = await Promise.all(partitions.map((partition) => index.query(partition, filter, page)))
  const merged = lists.flat().map(readableEffect).sort(byTime)
  const effects = merged.slice(0, page.limit)
  const last = effects.at(-1)
  const more = merged.length > page.limit || lists.some((list) => list.length === page.limit)
  return more && last ? { effects, next: cursorOf(last) } : { effects }
}

/** All failing jobs that match, page by page. */
export async function* allFailing(
  index: FailingIndex,
  states: readonly FailingState[],
  filter: FailingFilter,
  limit: number,
): AsyncGenerator<readonly Effect[]> {
  let after: FailingCursor | undefined
  do {
    const page: FailingPage = await failingPage(index, states, filter, { after, limit })
    // An empty one that is not the last gives the reader a moment to check the clock.
    if (page.effects.length > 0 || page.next) yield page.effects
    after = page.next
  } while (after)
}

function cursorOf(effect: Effect): FailingCursor {
  return { pk: effect.pk, failingAt: effect.failingAt ?? '' }
}

function byTime(a: Effect, b: Effect): number {
  const [first = '', second = ''] = [a.failingAt, b.failingAt]
  return first < second ? -1 : first > second ? 1 : 0
}

/**
 * The groups of failing jobs, the largest first. Of very many jobs only the oldest of each partition are read:
 * then the groups are not complete, and their counts too low.
 *
 * @param most how many jobs are read at most
 */
export async function failingGroups(
  index: FailingIndex,
  states: readonly FailingState[],
  filter: FailingFilter,
  most: number,
): Promise<{ readonly groups: readonly ErrorGroup[]; readonly complete: boolean }> {
  const partitions = failingPartitions(states)
  const share = Math.ceil(most / partitions.length)
  const lists = await Promise.all(partitions.map((partition) => index.errors(partition, filter, share + 1)))
  const { error } = filter
  const failed = lists
    .flat()
    .map(readableEffect)
    .filter(({ lastError }) => error === undefined || groupedError(lastError) === error)
  return { groups: errorGroups(failed), complete: lists.every((list) => list.length <= share) }
}
