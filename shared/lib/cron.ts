/**
 * Cron expressions in the dialect of EventBridge Scheduler: six fields, and exactly one `?` among the two for days. What the
 * documentation of Scheduler does not allow is refused here, with the field, and not by AWS in the middle of a deploy.
 */
import { type Days, daysOf, parseDays } from './cron-days.ts'
import { type Field, fields, parseField } from './cron-field.ts'

/** The times that an expression names. */
export interface Cron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: Days
  readonly months: ReadonlySet<number>
  readonly years: readonly number[]
  /** The six fields in upper case, single spaces between them, as AWS surely takes them. */
  readonly text: string
}

/**
 * The first year that a schedule may name. A definition is loaded by every function at every start, and must not begin to
 * fail when a year ends; so years are not compared with the clock, only with the time when nobody had this package yet.
 */
const firstYear = 2026

/** Reads the text between `cron(` and `)`. A string says what is wrong with it. */
export function parseCron(text: string): Cron | string {
  const parts = text.trim().toUpperCase().split(/\s+/)
  if (parts.length !== fields.length)
    return `has ${parts.length} fields; cron takes six: ${fields.map(({ name }) => name).join(' ')}`
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = parts as [string, string, string, string, string, string]
  const [minutes, hours, months, years] = [
    parseField(minute, fields[0]),
    parseField(hour, fields[1]),
    parseField(month, fields[3]),
    parseField(year, fields[5]),
  ]
  const days = parseDays(dayOfMonth, dayOfWeek)
  for (const parsed of [minutes, hours, days, months, years]) if (typeof parsed === 'string') return parsed
  const cron = {
    minutes: sorted(minutes),
    hours: sorted(hours),
    days: days as Days,
    months: months as ReadonlySet<number>,
    years: sorted(years),
    text: [minute, hour, dayOfMonth, month, withoutSteps(dayOfWeek, fields[4]), year].join(' '),
  }
  return neverComes(cron) ?? cron
}

function sorted(values: ReadonlySet<number> | string): number[] {
  return [...(values as ReadonlySet<number>)].sort((a, b) => a - b)
}

/** Scheduler's documentation has no steps among the days of the week: they are written as the list that they mean. */
function withoutSteps(part: string, field: Field): string {
  return part.includes('/') ? sorted(parseField(part, field)).join(',') : part
}

function neverComes({ days, months, years }: Omit<Cron, 'text'>): string | undefined {
  const coming = years.filter((year) => year >= firstYear)
  if (coming.length === 0) return `never comes: its last year is ${years.at(-1)}`
  return coming.some((year) => [...months].some((month) => daysOf(days, year, month).length > 0))
    ? undefined
    : 'never comes: none of its months has such a day'
}

/**
 * The first time after `from` that an expression names, read in a time zone. As AWS documents it: a wall time that daylight
 * saving skips does not come, one that comes twice counts once (the first time). `undefined` if there is none any more.
 */
export function nextCron(cron: Cron, timezone: string, from: Date): Date | undefined {
  const wallNow = from.getTime() + offsetAt(from.getTime(), timezone)
  const today = new Date(wallNow)
  const thisMonth = today.getUTCFullYear() * 12 + today.getUTCMonth()
  for (const year of cron.years) {
    for (let month = 1; month <= 12; month++) {
      if (!cron.months.has(month) || year * 12 + month - 1 < thisMonth) continue
      for (const day of daysOf(cron.days, year, month)) {
        const time = firstOf(Date.UTC(year, month - 1, day), cron, timezone, from.getTime(), wallNow)
        if (time) return time
      }
    }
  }
  return undefined
}

/** The first fitting time after `from` of a day (its wall date, as UTC midnight). */
function firstOf(
  day: number,
  { hours, minutes }: Cron,
  timezone: string,
  from: number,
  wallNow: number,
): Date | undefined {
  if (day + 86_400_000 <= wallNow) return undefined
  for (const hour of hours) {
    for (const minute of minutes) {
      const wall = day + (hour * 60 + minute) * 60_000
      const time = wall > wallNow ? fromWall(wall, timezone) : undefined
      // In the second pass of an hour that comes twice, the times of that hour are over.
      if (time !== undefined && time > from) return new Date(time)
    }
  }
  return undefined
}

/** The moment at which clocks of a time zone show a wall time (given as if it were UTC); the first, if they show it twice. */
function fromWall(wall: number, timezone: string): number | undefined {
  return [-86_400_000, 86_400_000]
    .map((shift) => wall - offsetAt(wall + shift, timezone))
    .filter((guess) => guess + offsetAt(guess, timezone) === wall)
    .sort((a, b) => a - b)[0]
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The offset of a time zone from UTC at a moment, in ms. */
function offsetAt(moment: number, timezone: string): number {
  if (timezone === 'UTC') return 0
  const format = formats.get(timezone) ?? formatOf(timezone)
  formats.set(timezone, format)
  const parts = format.formatToParts(moment)
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - Math.floor(moment / 1000) * 1000
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const two = '2-digit'
  return new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  })
}
