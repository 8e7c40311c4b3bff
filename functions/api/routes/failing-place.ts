/** Places in a list of failing jobs, as the text that a cursor carries. */
import type { FailingCursor } from '../../../shared/recovery/failing-jobs.ts'

export function failingPlace(cursor: FailingCursor | undefined): string | undefined {
  return cursor && JSON.stringify([cursor.failingAt, cursor.pk])
}

export function readFailingPlace(place: string | undefined): FailingCursor | undefined {
  if (place === undefined) return undefined
  const [failingAt, pk] = JSON.parse(place) as [string, string]
  return { failingAt, pk }
}
