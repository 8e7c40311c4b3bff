import * as z from 'zod'
import type { TroubleCursor } from '../../shared/trouble.ts'

/** Which page of a list of records. */
export const recordPageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional(),
})

/** A place in a list of jobs in trouble, as text that means nothing to the caller. */
export function writeCursor({ troubleAt, pk }: TroubleCursor): string {
  return Buffer.from(JSON.stringify([troubleAt, pk])).toString('base64url')
}

const place = z.tuple([z.string().min(1), z.string().min(1)])

function read(text: string): TroubleCursor | undefined {
  try {
    const [troubleAt, pk] = place.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { troubleAt, pk }
  } catch {
    return undefined
  }
}

const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value).toISOString())

/** What a list of jobs in trouble can be narrowed to. Times are ISO 8601; `since` is inclusive, `until` is not. */
export const troubleFilter = {
  type: z.string().min(1).max(64).optional(),
  since: time.optional(),
  until: time.optional(),
}

/** Which page of such a list. */
export const troublePageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .max(500)
    .refine((text) => read(text) !== undefined, 'is not a cursor of this list')
    .transform(read)
    .optional(),
}
