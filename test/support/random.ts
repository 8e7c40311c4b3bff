import type { Ids } from '../../shared/lib/id.ts'

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** UUIDs that count up, and UUIDs that follow from their parts. Cheaper than hashing, and as deterministic. */
export function simIds(): Ids {
  let count = 0
  const derived = new Map<string, string>()
  const uuid = (kind: number, n: number) => `00000000-0000-${kind}000-8000-${n.toString(16).padStart(12, '0')}`
  return {
    fresh: () => uuid(7, ++count),
    derive(...parts) {
      const key = JSON.stringify(parts)
      const id = derived.get(key) ?? uuid(8, derived.size + 1)
      derived.set(key, id)
      return id
    },
  }
}
