/**
 * Pages of lists. A cursor is a place in one list: it carries a digest of the list's path, its filters and the place, so that a
 * text that this list did not give is refused, also one of another list or of other filters. It gives no right: a caller who
 * computes the digest gets to a place of a list that this caller may read anyway.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as z from 'zod'
import type { FailingCursor } from '../../shared/recovery/failing-jobs.ts'
import { fingerprint } from '../aws/fingerprint.ts'
import { type Read, readQuery, refuseQuery } from './request.ts'

const cursor = z.string().min(1).max(1_000).optional()

/** Which page of a list of records. */
export const recordPageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor,
})

const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value).toISOString())

/** What a list of failing jobs can be narrowed to. Times are ISO 8601; `since` is inclusive, `until` is not. */
export const failingFilter = {
  type: z.string().min(1).max(64).optional(),
  since: time.optional(),
  until: time.optional(),
}

/** Which page of such a list. */
export const failingPageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor,
}

/** A page that a caller asks for. */
export interface Page<F> {
  readonly limit: number
  /** The query without `limit` and `cursor`. */
  readonly filter: F
  /** The place after which the page starts; absent on the first page. */
  readonly after?: string
  /** The cursor that leads to the page after a place; `undefined` after the last page. */
  next(place: string | undefined): string | undefined
}

/** What the query of every list has. */
export interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Reads the query of a list, and its cursor: one that this list did not give with these filters is 422. */
export function readPage<Q extends PageQuery>(
  event: APIGatewayProxyEventV2,
  schema: z.ZodType<Q>,
): Read<Page<Omit<Q, 'limit' | 'cursor'>>> {
  const query = readQuery(event, schema)
  if (!query.ok) return query
  const { limit, cursor, ...filter } = query.value
  const list = () => listOf(event.rawPath, filter)
  const after = cursor === undefined ? undefined : placeOf(list(), cursor)
  if (cursor !== undefined && after === undefined) {
    const message = 'is not a cursor of this list: take `next` of the page before, with the same filters'
    return { ok: false, answer: refuseQuery([{ path: 'cursor', message }]) }
  }
  const next = (place: string | undefined) => (place === undefined ? undefined : cursorOf(list(), place))
  return { ok: true, value: { limit, filter, ...(after === undefined ? {} : { after }), next } }
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

/** A place in a list of failing jobs, as text. */
export function failingPlace({ failingAt, pk }: FailingCursor): string {
  return JSON.stringify([failingAt, pk])
}

/** The place again. */
export function readFailingPlace(place: string): FailingCursor {
  const [failingAt, pk] = JSON.parse(place) as [string, string]
  return { failingAt, pk }
}
