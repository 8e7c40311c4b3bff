/** The two fields for days of a cron expression, one of which is `?`. */
import { fields, notUnderstood, parseField, parseValue } from './cron-field.ts'

/** Which days of a month an expression names. Days of the week count from Sunday as 1. */
export type Days =
  | { readonly kind: 'of-month' | 'of-week'; readonly values: ReadonlySet<number> }
  /** `L`: the last day of the month; `LW`: its last one from Monday to Friday. */
  | { readonly kind: 'last' | 'last-weekday' }
  /** `15W`: the day from Monday to Friday that is closest to the 15th, within the month. */
  | { readonly kind: 'weekday-near'; readonly day: number }
  /** `6L`: the last Friday of the month. */
  | { readonly kind: 'last-of-week'; readonly weekday: number }
  /** `3#2`: the second Tuesday of the month. */
  | { readonly kind: 'nth-of-week'; readonly weekday: number; readonly nth: number }

const [, , ofMonth, , ofWeek] = fields

/** Reads both fields. A string says what is wrong with them. */
export function parseDays(dayOfMonth: string, dayOfWeek: string): Days | string {
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    return 'must have "?" in exactly one of day-of-month and day-of-week'
  return dayOfWeek === '?' ? parseDayOfMonth(dayOfMonth) : parseDayOfWeek(dayOfWeek)
}

function parseDayOfMonth(text: string): Days | string {
  if (text === 'L') return { kind: 'last' }
  if (text === 'LW') return { kind: 'last-weekday' }
  const near = /^(\d+)W$/.exec(text)?.[1]
  if (near !== undefined) {
    const day = parseValue(near, ofMonth)
    return day === undefined ? notUnderstood(text, ofMonth) : { kind: 'weekday-near', day }
  }
  const values = parseField(text, ofMonth)
  return typeof values === 'string' ? values : { kind: 'of-month', values }
}

function parseDayOfWeek(text: string): Days | string {
  // Alone, the last day of the week: Saturday.
  if (text === 'L') return { kind: 'of-week', values: new Set([7]) }
  const [, day, nth] = /^(\w+?)(?:L|#([1-5]))$/.exec(text) ?? []
  if (day !== undefined) {
    const weekday = parseValue(day, ofWeek)
    if (weekday === undefined) return notUnderstood(text, ofWeek)
    return nth === undefined ? { kind: 'last-of-week', weekday } : { kind: 'nth-of-week', weekday, nth: Number(nth) }
  }
  const values = parseField(text, ofWeek)
  return typeof values === 'string' ? values : { kind: 'of-week', values }
}

/** The days of a month that fit, in order. */
export function daysOf(days: Days, year: number, month: number): number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const all = Array.from({ length }, (_, i) => i + 1)
  const weekday = (day: number) => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1
  switch (days.kind) {
    case 'of-month':
      return all.filter((day) => days.values.has(day))
    case 'of-week':
      return all.filter((day) => days.values.has(weekday(day)))
    case 'last':
      return all.slice(-1)
    case 'last-weekday':
      return all.filter((day) => isWorkday(weekday(day))).slice(-1)
    case 'weekday-near':
      return days.day > length ? [] : [workdayNear(days.day, length, weekday)]
    case 'last-of-week':
      return all.filter((day) => weekday(day) === days.weekday).slice(-1)
    case 'nth-of-week':
      return all.filter((day) => weekday(day) === days.weekday).slice(days.nth - 1, days.nth)
  }
}

function isWorkday(weekday: number): boolean {
  return weekday !== 1 && weekday !== 7
}

/** Saturdays move to Friday and Sundays to Monday, but never into another month. */
function workdayNear(day: number, length: number, weekday: (day: number) => number): number {
  const on = weekday(day)
  if (on === 7) return day > 1 ? day - 1 : day + 2
  if (on === 1) return day < length ? day + 1 : day - 2
  return day
}
