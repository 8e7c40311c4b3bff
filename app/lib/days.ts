/** Days in UTC, as `2026-11-05`. */

const dayMs = 86_400_000

export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}

export function dayBefore(time: Date): string {
  return dayOf(new Date(time.getTime() - dayMs))
}

/** Both ends included; empty when they are the wrong way round. */
export function daysFrom(first: string, last: string): string[] {
  const start = Date.parse(first)
  const count = Math.max(0, Math.round((Date.parse(last) - start) / dayMs) + 1)
  return Array.from({ length: count }, (_, n) => dayOf(new Date(start + n * dayMs)))
}
