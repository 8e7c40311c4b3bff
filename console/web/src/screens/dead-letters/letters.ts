import { api } from '../../api/api.ts'
import type { DeadLetter, DeadLetters, ErrorGroup, Filter } from '../../api/types.ts'
import { type ErrorKey, isOf } from './letters-of.ts'

/** Letters on one page of the list. */
export const pageSize = 50
/** The most that one question of the API may bring. */
const most = 500
/** Questions to fill one page of a rare error; then the page ends as it is. */
const patience = 8

export interface LettersPage extends DeadLetters {
  /** Letters that were looked through for this page. */
  readonly searched: number
}

/** One page of letters and the groups of all that match; letters of one error are picked out of the pages of their type. */
export async function loadLetters(
  filter: Filter,
  group: ErrorKey | undefined,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<LettersPage> {
  if (!group) {
    const page = await api.deadLetters({ ...filter, limit: pageSize, cursor }, signal)
    return { ...page, searched: page.deadLetters.length }
  }
  const [{ groups }, page] = await Promise.all([
    api.deadLetters({ ...filter, limit: 1 }, signal),
    pageOf({ ...filter, type: group.type }, group, cursor, signal),
  ])
  return { ...page, groups }
}

async function pageOf(filter: Filter, group: ErrorKey, cursor: string | undefined, signal: AbortSignal) {
  const found: DeadLetter[] = []
  let searched = 0
  let next = cursor
  for (let asked = 0; asked < patience && found.length < pageSize; asked++) {
    const page: DeadLetters = await api.deadLetters({ ...filter, limit: pageSize * 2, cursor: next }, signal)
    found.push(...page.deadLetters.filter((letter) => isOf(group, letter)))
    searched += page.deadLetters.length
    next = page.next
    if (next === undefined) break
  }
  return { deadLetters: found, searched, ...(next === undefined ? {} : { next }) }
}

/** The ids of all letters of a group, page by page. `tell` hears how many were found so far. */
export async function idsOf(
  filter: Filter,
  group: ErrorGroup,
  tell: (found: number) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page: DeadLetters = await api.deadLetters({ ...filter, limit: most, cursor }, signal)
    ids.push(...page.deadLetters.filter((letter) => isOf(group, letter)).map(({ id }) => id))
    tell(ids.length)
    cursor = page.next
  } while (cursor !== undefined)
  return ids
}
