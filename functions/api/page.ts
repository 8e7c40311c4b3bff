/**
 * Pages of lists. A cursor is a place in one list: it carries a digest of the list's path, its filters and the place, so that a
 * text that this list did not give is refused, also one of another list or of other filters. It gives no right: a caller who
 * computes the digest gets to a place of a list that this caller may read anyway.
 */
import * as z from 'zod'
import { fingerprint } from '../aws/fingerprint.ts'
import { badQuery } from './answer.ts'
import type { Read } from './read.ts'

/** The page of a list that a caller requests with `cursor`. */
export interface Page {
  /**
   * Place after which the page starts, for `records.list`.
   * @default - the first page
   */
  readonly after?: string
  /** Converts the `next` of `records.list` to the cursor of the next page; `undefined` after the last page. */
  next(place: string | undefined): string | undefined
}

/** Reads the page from a parsed query. A `cursor` that this list did not give with these filters is refused. */
export function readPage(path: string, query: unknown): Read<Page> {
  const { limit, cursor, ...filter } = (query ?? {}) as { limit?: unknown; cursor?: string }
  const list = () => listOf(path, filter)
  const after = cursor === undefined ? undefined : placeOf(list(), cursor)
  if (cursor !== undefined && after === undefined) {
    const message = 'is not a cursor of this list: take `next` of the page before, with the same filters'
    return { ok: false, answer: badQuery([{ path: 'cursor', message }]) }
  }
  return { ok: true, value: { after, next: (place) => (place === undefined ? undefined : cursorOf(list(), place)) } }
}

function listOf(path: string, filter: object): unknown {
  const set = Object.entries(filter).filter(([, value]) => value !== undefined)
  return [path.replace(/\/$/, ''), Object.fromEntries(set)]
}

function cursorOf(list: unknown, place: string): string {
  return Buffer.from(JSON.stringify([digest(list, place), place])).toString('base64url')
}

const stored = z.tuple([z.string(), z.string().min(1)])

function placeOf(list: unknown, text: string): string | undefined {
  try {
    const [mark, place] = stored.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return mark === digest(list, place) && cursorOf(list, place) === text ? place : undefined
  } catch {
    return undefined
  }
}

function digest(list: unknown, place: string): string {
  return fingerprint([list, place]).slice(0, 16)
}
