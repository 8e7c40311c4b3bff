import { bucketOf } from '../../shared/lib/id.ts'

/** In which segment of a parallel scan an item is found, by its partition key: always in the same, as in DynamoDB. */
export function segmentOf(pk: string, segments: number): number {
  return bucketOf(pk, segments)
}

/** The outbox is to be read in parts, of four segments each: one an hour. Said here again, to hold the reconciler to it. */
export const parts = 24

export function partOf(pk: string): number {
  return Math.floor(segmentOf(pk, 4 * parts) / 4)
}

/** Whether an item is in the part that is to be read at an hour. */
export function isReadAt(at: Date, pk: string): boolean {
  return partOf(pk) === at.getUTCHours()
}
