/** The list of jobs in trouble (`retrying`, `dead`), read from the sparse index in order of time. */
import { type Effect, troubleBuckets, troubleKey } from './effect.ts'

export type TroubleState = 'retrying' | 'dead'

/** The partitions of the index that hold the jobs of some states. */
export function troublePartitions(states: readonly TroubleState[]): string[] {
  return states.flatMap((state) => Array.from({ length: troubleBuckets }, (_, bucket) => troubleKey(state, bucket)))
}

export interface TroubleFilter {
  readonly type?: string | undefined
  /** ISO 8601 UTC, inclusive. */
  readonly since?: string | undefined
  /** ISO 8601 UTC, exclusive. */
  readonly until?: string | undefined
}

/** A place in the list: just after this effect. */
export type TroubleCursor = Pick<Effect, 'pk'> & { readonly troubleAt: string }

export interface TroubleIndex {
  /** Effects of one partition of the index, oldest first, after the cursor. Fewer than `limit` only at the end. */
  query(
    partition: string,
    filter: TroubleFilter,
    page: { readonly after?: TroubleCursor | undefined; readonly limit: number },
  ): Promise<readonly Effect[]>
  /** How many jobs there are in one partition. */
  count(partition: string): Promise<number>
}

export interface TroublePage {
  readonly effects: readonly Effect[]
  /** Where the next page starts; absent at the end. */
  readonly next?: TroubleCursor
}

/** One page of jobs in trouble, oldest first, merged from the partitions of the index. */
export async function troublePage(
  index: TroubleIndex,
  states: readonly TroubleState[],
  filter: TroubleFilter,
  page: { readonly after?: TroubleCursor | undefined; readonly limit: number },
): Promise<TroublePage> {
  const partitions = troublePartitions(states)
  const lists = await Promise.all(partitions.map((partition) => index.query(partition, filter, page)))
  const merged = lists.flat().sort(byTime)
  const effects = merged.slice(0, page.limit)
  const last = effects.at(-1)
  const more = merged.length > page.limit || lists.some((list) => list.length === page.limit)
  return more && last ? { effects, next: cursorOf(last) } : { effects }
}

/** All jobs in trouble that match, page by page. */
export async function* allTrouble(
  index: TroubleIndex,
  states: readonly TroubleState[],
  filter: TroubleFilter,
  limit: number,
): AsyncGenerator<readonly Effect[]> {
  let after: TroubleCursor | undefined
  do {
    const page: TroublePage = await troublePage(index, states, filter, { after, limit })
    if (page.effects.length > 0) yield page.effects
    after = page.next
  } while (after)
}

function cursorOf(effect: Effect): TroubleCursor {
  return { pk: effect.pk, troubleAt: effect.troubleAt ?? '' }
}

function byTime(a: Effect, b: Effect): number {
  const [first = '', second = ''] = [a.troubleAt, b.troubleAt]
  return first < second ? -1 : first > second ? 1 : 0
}

export interface ErrorGroup {
  readonly type: string
  readonly error: string
  readonly count: number
}

/** Counts failures by type and error; what differs from one job to the next (ids, addresses, long numbers) is left out of the error. */
export function errorGroups(effects: Iterable<Pick<Effect, 'type' | 'lastError'>>): ErrorGroup[] {
  const groups = new Map<string, { type: string; error: string; count: number }>()
  for (const { type, lastError } of effects) {
    const error = withoutParticulars(lastError ?? '')
    const group = groups.get(`${type}\n${error}`) ?? { type, error, count: 0 }
    group.count++
    groups.set(`${type}\n${error}`, group)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

function withoutParticulars(error: string): string {
  return error
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/[^\s@<>"']+@[^\s@<>"']+/g, '<address>')
    .replace(/\d{5,}/g, '<number>')
}
