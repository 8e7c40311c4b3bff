/** Days in UTC, as `2026-11-05`, and months, as `2026-11`. */
import * as z from 'zod'

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

export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-11')

export function monthBefore(time: Date): string {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() - 1)).toISOString().slice(0, 7)
}

/** The days of a month. @param month `2026-11` */
export function daysOf(month: string): string[] {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const last = new Date(Date.UTC(year, number, 0))
  return daysFrom(`${month}-01`, dayOf(last))
}
