/** Cron expressions in the dialect of EventBridge Scheduler: six fields, and exactly one `?` among the two for days. */

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** What each field holds, in order. Names count from `low`. */
const fields = [
  { name: 'minutes', low: 0, high: 59, names: [] },
  { name: 'hours', low: 0, high: 23, names: [] },
  { name: 'day-of-month', low: 1, high: 31, names: [] },
  { name: 'month', low: 1, high: 12, names: months },
  { name: 'day-of-week', low: 1, high: 7, names: days },
  { name: 'year', low: 1970, high: 2199, names: [] },
] as const
type Field = (typeof fields)[number]

/** The times an expression names: a set of values per field, in the order of the fields; `last` is the last day of the month. */
export interface Cron {
  readonly values: readonly ReadonlySet<number>[]
  readonly last: boolean
}

/** Reads the text between `cron(` and `)`. A string says what is wrong with it. */
export function parseCron(text: string): Cron | string {
  const parts = text.trim().toUpperCase().split(/\s+/)
  if (parts.length !== 6)
    return `has ${parts.length} fields; cron takes six: ${fields.map(({ name }) => name).join(' ')}`
  if ((parts[2] === '?') === (parts[4] === '?')) return 'must have "?" in exactly one of day-of-month and day-of-week'
  const last = parts[2] === 'L'
  const values: ReadonlySet<number>[] = []
  for (const [i, field] of fields.entries()) {
    const part = parts[i] ?? ''
    const set = part === '?' || (i === 2 && last) ? new Set<number>() : parseField(part, field)
    if (!set)
      return `has a ${field.name} "${part}" that is not understood; it takes ${field.low} to ${field.high}, names, lists, ranges and steps`
    values.push(set)
  }
  return { values, last }
}

function parseField(text: string, field: Field): Set<number> | undefined {
  const set = new Set<number>()
  for (const part of text.split(',')) {
    const range = parsePart(part, field)
    if (!range) return undefined
    for (let value = range.from; value <= range.to; value += range.step) set.add(value)
  }
  return set
}

function parsePart(part: string, field: Field): { from: number; to: number; step: number } | undefined {
  const [span = '', step = '1', ...rest] = part.split('/')
  if (rest.length > 0 || !/^[1-9]\d*$/.test(step)) return undefined
  if (span === '*') return { from: field.low, to: field.high, step: Number(step) }
  const [from, to = part.includes('/') ? field.high : from, ...more] = span
    .split('-')
    .map((end) => parseValue(end, field))
  return from === undefined || to === undefined || more.length > 0 || from > to
    ? undefined
    : { from, to, step: Number(step) }
}

function parseValue(text: string, { low, high, names }: Field): number | undefined {
  const named = (names as readonly string[]).indexOf(text)
  const value = named >= 0 ? named + low : /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= low && value <= high ? value : undefined
}

/**
 * The first time after `from` that the expression names, read in a time zone. A wall time that daylight saving skips does
 * not come. `undefined` if there is none within five years.
 */
export function nextCron({ values, last }: Cron, timezone: string, from: Date): Date | undefined {
  const [minutes, hours, daysOfMonth, monthsOfYear, daysOfWeek, years] = values as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ]
  const today = new Date(from.getTime() + offsetAt(from, timezone))
  for (let i = 0; i < 5 * 366; i++) {
    const day = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + i))
    const isLast = new Date(day.getTime() + 86_400_000).getUTCDate() === 1
    const fits =
      years.has(day.getUTCFullYear()) &&
      monthsOfYear.has(day.getUTCMonth() + 1) &&
      (daysOfMonth.has(day.getUTCDate()) || daysOfWeek.has(day.getUTCDay() + 1) || (last && isLast))
    const time = fits ? firstOf(day, hours, minutes, timezone, from) : undefined
    if (time) return time
  }
  return undefined
}

/** The first fitting time of a day (its wall date, as UTC midnight) that lies after `from`. */
function firstOf(day: Date, hours: Set<number>, minutes: Set<number>, timezone: string, from: Date): Date | undefined {
  for (const hour of [...hours].sort((a, b) => a - b)) {
    for (const minute of [...minutes].sort((a, b) => a - b)) {
      const wall = day.getTime() + (hour * 60 + minute) * 60_000
      const time = fromWall(wall, timezone)
      if (time && time > from) return time
    }
  }
  return undefined
}

/** The moment at which clocks of a time zone show a wall time (given as if it were UTC); the first, if they show it twice. */
function fromWall(wall: number, timezone: string): Date | undefined {
  const guesses = [-86_400_000, 86_400_000].map((shift) => new Date(wall - offsetAt(new Date(wall + shift), timezone)))
  return guesses
    .filter((guess) => guess.getTime() + offsetAt(guess, timezone) === wall)
    .sort((a, b) => a.getTime() - b.getTime())[0]
}

/** How far a time zone is ahead of UTC at a moment, in ms. */
function offsetAt(moment: Date, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment)
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - Math.floor(moment.getTime() / 1000) * 1000
}
