import { exit, Failure } from '../api-client/failure.ts'

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Seconds of `90`, `90s`, `15m`, `2h` or `1d`; `undefined` for anything else. */
function seconds(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 1)
}

export function duration(text: string, option: string): number {
  const found = seconds(text)
  if (found !== undefined) return found
  throw new Failure(exit.usage, `${option} ${text} is not a valid time span. Write it like 30s, 15m, 2h or 1d`)
}

/** A moment: ISO 8601, or a span before now. */
export function moment(text: string, option: string, now: Date): string {
  const ago = /[smhd]$/.test(text) ? seconds(text) : undefined
  const found = ago === undefined ? new Date(text) : new Date(now.getTime() - ago * 1000)
  if (/^\d{4}-\d\d/.test(text) || ago !== undefined) if (!Number.isNaN(found.getTime())) return found.toISOString()
  throw new Failure(
    exit.usage,
    `${option} ${text} is not a valid time. Write it like 2h (ago), 2026-11-30 or 2026-11-30T03:00:00Z`,
  )
}

/** `3 s`, `12 min`, `5 h`, `2 d` */
export function span(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** `2026-11-30 03:00:00Z`: short, sortable, the same for everyone. */
export function short(time: string | undefined): string | undefined {
  return time?.replace('T', ' ').replace(/\.\d+Z$/, 'Z')
}
