import type { Item } from '../../../shared/lib/write.ts'
import { segmentOf } from '../../support/segments.ts'

/** A place of a parallel scan. It stays when its item is deleted, so that a scan which goes on finds its place again. */
interface Place {
  item: Item | undefined
}

/** The items of a table as parallel scans find them, in the order in which they were inserted. */
export function segmentedTable() {
  const places = new Map<unknown, Place & { readonly pk: string }>()
  const known = new Map<number, Place[][]>()

  return {
    /** An item, whose sort key is unique, was inserted, updated or deleted. */
    change(before: Item | undefined, after: Item | undefined): void {
      const sk = (before ?? after)?.sk
      const place = places.get(sk)
      if (place) place.item = after
      else if (after) {
        const made = { pk: String(after.pk), item: after }
        places.set(sk, made)
        for (const segments of known.values()) segments[segmentOf(made.pk, segments.length)]?.push(made)
      }
    },
    /** Up to `limit` items of one of so many segments, from a place on; `next` where the next page begins. */
    scan(segment: number, of: number, from: number, limit: number) {
      const segments = known.get(of) ?? Array.from({ length: of }, (): Place[] => [])
      if (!known.has(of)) {
        known.set(of, segments)
        for (const place of places.values()) segments[segmentOf(place.pk, of)]?.push(place)
      }
      const all = segments[segment] ?? []
      const page = all
        .slice(from, from + limit)
        .map(({ item }) => item)
        .filter((item) => item !== undefined)
      return { page, next: from + limit < all.length ? from + limit : undefined }
    },
  }
}
