import type { Item } from '../../shared/write.ts'
import { segmentOf } from '../support/segments.ts'

/** The keys of a table as parallel scans find them, in the order in which they were inserted. */
export function segmentedKeys() {
  const all: Item[] = []
  const known = new Map<number, Item[][]>()
  const put = (segments: Item[][], key: Item) => segments[segmentOf(String(key.pk), segments.length)]?.push(key)
  return {
    insert(key: Item): void {
      all.push(key)
      for (const segments of known.values()) put(segments, key)
    },
    /** The table in so many segments. */
    of(count: number): readonly (readonly Item[])[] {
      const made = known.get(count)
      if (made) return made
      const segments = Array.from({ length: count }, (): Item[] => [])
      for (const key of all) put(segments, key)
      known.set(count, segments)
      return segments
    },
  }
}
