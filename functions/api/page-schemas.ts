/** Queries that lists have in common. */
import * as z from 'zod'

/** Place of a page in a list, from the page before. */
export const cursor = z.string().min(1).max(1_000).optional()

/** Query of a list of records: `limit` from 1 to 100, by default 50, and the `cursor` of the page before. */
export const recordPageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor,
})

/** A time as lists take it. */
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value).toISOString())

/** Filters of a list of failing jobs. Times are ISO 8601; `since` is inclusive, `until` is exclusive. */
export const failingFilter = {
  type: z.string().min(1).max(64).optional(),
  since: time.optional(),
  until: time.optional(),
}

/** What a caller may filter failing jobs by. */
export type FailingFilter = z.input<z.ZodObject<typeof failingFilter>>

/** Query of a list of failing jobs: which page. */
export const failingPageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor,
}
