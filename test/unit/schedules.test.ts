/** Schedules: what EventBridge Scheduler takes, when it comes, and what is refused with the field. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob } from '../../shared/define/job.ts'
import { defineSchedule, isOver, nextRun } from '../../shared/define/schedule.ts'

const job = defineJob({ type: 'job', schema: z.unknown(), run: () => undefined })
const defined = (expression: string, timezone = 'UTC') =>
  defineSchedule({ name: 'daily', expression, timezone, job, payload: () => ({}) })

/** The next times after the beginning of a day, without seconds. */
function ticks(expression: string, count: number, timezone = 'UTC', from = '2026-01-01T00:00:00Z'): string[] {
  const found: string[] = []
  for (let last: Date | undefined = new Date(from); found.length < count; ) {
    last = nextRun(defined(expression, timezone), last)
    if (!last) break
    found.push(last.toISOString().slice(0, 16))
  }
  return found
}

describe('a cron expression', () => {
  it.each<[string, string[]]>([
    // The examples of Scheduler's user guide and of its wildcards.
    ['cron(15 12 * * ? *)', ['2026-01-01T12:15', '2026-01-02T12:15']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-01-01T18:00', '2026-01-02T18:00', '2026-01-05T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-01-01T08:00', '2026-02-01T08:00']],
    ['cron(0/10 * ? * MON-FRI *)', ['2026-01-01T00:10', '2026-01-01T00:20']],
    ['cron(0/5 8-17 ? * MON-FRI *)', ['2026-01-01T08:00', '2026-01-01T08:05']],
    ['cron(0 9 ? * 2#1 *)', ['2026-01-05T09:00', '2026-02-02T09:00']],
    ['cron(15 10 ? * 6L 2022-2030)', ['2026-01-30T10:15', '2026-02-27T10:15']],
    ['cron(1/10 * * * ? *)', ['2026-01-01T00:01', '2026-01-01T00:11']],
    [
      'cron(0 0 ? JAN,FEB,MAR TUE#2 *)',
      ['2026-01-13T00:00', '2026-02-10T00:00', '2026-03-10T00:00', '2027-01-12T00:00'],
    ],
    // The days that only some dialects know.
    ['cron(0 0 L * ? *)', ['2026-01-31T00:00', '2026-02-28T00:00']],
    ['cron(0 0 LW * ? *)', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-31T00:00']],
    ['cron(0 0 15W * ? *)', ['2026-01-15T00:00', '2026-02-16T00:00', '2026-03-16T00:00', '2026-04-15T00:00']],
    ['cron(0 0 1W 8 ? *)', ['2026-08-03T00:00', '2027-08-02T00:00']],
    ['cron(0 0 31W 1 ? 2027)', ['2027-01-29T00:00']],
    ['cron(0 0 31W 2/2 ? 2026)', ['2026-08-31T00:00', '2026-10-30T00:00', '2026-12-31T00:00']],
    ['cron(0 0 ? * L *)', ['2026-01-03T00:00', '2026-01-10T00:00']],
    ['cron(0 0 ? * FRIL *)', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['cron(0 0 ? * 5#5 *)', ['2026-01-29T00:00', '2026-04-30T00:00']],
    ['cron(0 0 ? * 2/2 *)', ['2026-01-02T00:00', '2026-01-05T00:00', '2026-01-07T00:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 1 1 ? 2199)', ['2199-01-01T00:00']],
    ['cron(59 23 31 12 ? 2026)', ['2026-12-31T23:59']],
  ])('%s comes when AWS says', (expression, expected) => {
    expect(ticks(expression, expected.length)).toEqual(expected)
  })

  it.each<[string, RegExp]>([
    ['cron(0 9 ? * MON-FRY *)', /the day-of-week "MON-FRY", which is not valid; it takes 1 \(SUN\) to 7 \(SAT\)/],
    ['cron(0 9-24 * * ? *)', /the hours "9-24", which is not valid; it takes 0 to 23/],
    ['cron(0 9 1-32 * ? *)', /the day-of-month "1-32"/],
    ['cron(0 9 0 * ? *)', /the day-of-month "0"/],
    ['cron(60 9 * * ? *)', /the minutes "60"/],
    ['cron(0 9 * 13 ? *)', /the month "13"/],
    ['cron(0 9 * * ? 1969)', /the year "1969"/],
    ['cron(0 9 ? * FRI-MON *)', /the range "FRI-MON" in its day-of-week, which goes backwards/],
    ['cron(0 22-4 * * ? *)', /the range "22-4" in its hours/],
    ['cron(0/60 9 * * ? *)', /the minutes "0\/60"/],
    ['cron(0/0 9 * * ? *)', /the minutes "0\/0"/],
    ['cron(0 9 1,L * ? *)', /the day-of-month "1,L"/],
    ['cron(0 9 L-3 * ? *)', /the day-of-month "L-3"/],
    ['cron(0 9 32W * ? *)', /the day-of-month "32W"/],
    ['cron(0 9 W * ? *)', /the day-of-month "W"/],
    ['cron(0 9 ? * 3#6 *)', /the day-of-week "3#6"/],
    ['cron(0 9 ? * 3#1,6#3 *)', /the day-of-week "3#1,6#3"/],
    ['cron(0 9 ? * 8L *)', /the day-of-week "8L"/],
    ['cron(L 9 * * ? *)', /the minutes "L"/],
    ['cron(, 9 * * ? *)', /the minutes ","/],
    ['cron(1-2-3 9 * * ? *)', /the minutes "1-2-3"/],
    ['cron(*-5 9 * * ? *)', /the minutes "\*-5"/],
    ['cron(0 6 * * *)', /has 5 fields; cron takes six: minutes hours /],
    ['cron(0 6 * * * *)', /must have "\?" in exactly one/],
    ['cron(0 6 ? * ? *)', /must have "\?" in exactly one/],
    ['cron(0 0 31 2 ? *)', /never comes: none of its months has such a day/],
    ['cron(0 0 30W 2 ? *)', /never comes: none of its months/],
    ['cron(0 0 29 2 ? 2027)', /never comes: none of its months/],
    ['cron(0 8 * * ? 2025)', /never comes: its last year is 2025/],
    ['at(2026-12-24T18:00:00)', /comes only once: give a job a runAt/],
    ['every day', /is not valid; write rate\(5 minutes\) or cron/],
  ])('%s is refused with what is wrong', (expression, message) => {
    expect(() => defined(expression)).toThrow(message)
  })

  it.each([
    ['cron(0  6 * * ?  *)', 'cron(0 6 * * ? *)'],
    ['cron(0 6 ? jan mon-fri *)', 'cron(0 6 ? JAN MON-FRI *)'],
    ['cron(0 6 ? * MON/2 *)', 'cron(0 6 ? * 2,4,6 *)'],
    ['rate(05 minutes)', 'rate(5 minutes)'],
    ['rate(1 minutes)', 'rate(1 minute)'],
    ['rate(2 hour)', 'rate(2 hours)'],
  ])('%s goes to AWS as %s', (expression, text) => {
    expect(defined(expression).expression).toBe(text)
  })

  it('comes at the same times as a walk through all minutes finds', () => {
    const part = (low: number, high: number) => {
      const value = fc.integer({ min: low, max: high })
      return fc.oneof(
        fc.constant('*'),
        value.map(String),
        fc.tuple(value, value).map((ends) => ends.sort((a, b) => a - b).join('-')),
        fc.tuple(value, fc.integer({ min: 1, max: high })).map(([from, step]) => `${from}/${step}`),
        fc.array(value, { minLength: 1, maxLength: 3 }).map((values) => values.join(',')),
      )
    }
    const days = fc.oneof(
      fc.oneof(part(1, 31), fc.constantFrom('L', 'LW', '1W', '15W', '31W')).map((day) => [day, '?']),
      fc.oneof(part(1, 7), fc.constantFrom('L', '6L', '1L', '3#2', '7#5')).map((day) => ['?', day]),
    )
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe')
    const starts = fc.constantFrom(
      '2026-03-28T12:00:00Z',
      '2026-10-24T12:00:00Z',
      '2026-03-07T12:00:00Z',
      '2026-10-31T12:00:00Z',
      '2026-10-03T10:00:00Z',
      '2026-02-27T00:00:00Z',
    )
    fc.assert(
      fc.property(
        part(0, 59),
        part(0, 23),
        days,
        part(1, 12),
        zones,
        starts,
        (minute, hour, [dom, dow], month, zone, start) => {
          const fields = [minute, hour, dom, month, dow].map(String)
          const from = new Date(start)
          const until = from.getTime() + 3 * 86_400_000
          const next = nextRun({ expression: `cron(${fields.join(' ')} *)`, timezone: zone }, from)
          const expected = walk(fields, zone, from.getTime(), until)
          expect(next && next.getTime() <= until ? next.getTime() : undefined).toBe(expected)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('a schedule', () => {
  it('is over when its last year is', () => {
    const schedule = defined('cron(0 6 1 JUL ? 2026)')
    expect(isOver(schedule, new Date('2026-07-01T05:59:00Z'))).toBe(false)
    expect(isOver(schedule, new Date('2026-07-01T06:00:00Z'))).toBe(true)
    expect(isOver(defined('rate(1 day)'), new Date('2199-12-31T00:00:00Z'))).toBe(false)
  })
})

describe('a change of the clock', () => {
  it('in spring leaves out the times that it skips', () => {
    expect(ticks('cron(30 2 * * ? *)', 2, 'Europe/Berlin', '2026-03-28T12:00:00Z')).toEqual([
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ])
  })

  it('in autumn counts a time that comes twice once, the first time, hourly ones too', () => {
    expect(ticks('cron(30 2 * * ? *)', 2, 'Europe/Berlin', '2026-10-24T12:00:00Z')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(ticks('cron(30 * * * ? *)', 3, 'Europe/Berlin', '2026-10-24T23:30:00Z')).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T02:30',
      '2026-10-25T03:30',
    ])
  })
})

/** The first minute that fits, found by looking at each: an own reading of the fields, with the calendar of the time zone. */
function walk(fields: readonly string[], zone: string, from: number, until: number): number | undefined {
  return calendar(zone, from, until).find(({ minute, wall }) => minute > from && fitsWall(fields, wall))?.minute
}

type Wall = Record<'day' | 'month' | 'year' | 'hour' | 'min', number>
const calendars = new Map<string, { minute: number; wall: Wall }[]>()

/** Each minute with what a clock on the wall shows; of an hour that comes twice, the first. */
function calendar(zone: string, from: number, until: number) {
  const key = `${zone} ${from} ${until}`
  const known = calendars.get(key)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  const minutes = new Map<string, { minute: number; wall: Wall }>()
  // A day before, so that the first pass of an hour that comes twice has been seen.
  for (let minute = from - 86_400_000; minute <= until; minute += 60_000) {
    const text = format.format(minute)
    if (minutes.has(text)) continue
    const [day, month, year, hour, min] = text.split(/\D+/).map(Number) as [number, number, number, number, number]
    minutes.set(text, { minute, wall: { day, month, year, hour, min } })
  }
  calendars.set(key, [...minutes.values()])
  return [...minutes.values()]
}

function fitsWall([minute, hour, dom, month, dow]: readonly string[], wall: Wall) {
  const { year } = wall
  const weekday = (day: number) => new Date(Date.UTC(year, wall.month - 1, day)).getUTCDay() + 1
  const last = new Date(Date.UTC(year, wall.month, 0)).getUTCDate()
  return (
    fits(minute, wall.min, 59) &&
    fits(hour, wall.hour, 23) &&
    fits(month, wall.month, 12) &&
    (dow === '?'
      ? fitsDay(String(dom), wall.day, last, weekday)
      : fitsWeekday(String(dow), wall.day, last, weekday(wall.day)))
  )
}

function fits(text = '', value: number, high: number): boolean {
  return text.split(',').some((part) => {
    const [span = '', step] = part.split('/')
    if (span === '*') return true
    const [low = 0, top = step === undefined ? low : high] = span.split('-').map(Number)
    return value >= low && value <= top && (value - low) % Number(step ?? 1) === 0
  })
}

function fitsDay(text: string, day: number, last: number, weekday: (day: number) => number): boolean {
  const works = (d: number) => d >= 1 && d <= last && weekday(d) > 1 && weekday(d) < 7
  if (text === 'L') return day === last
  if (text === 'LW') return works(day) && ![1, 2, 3].some((more) => works(day + more) && day + more <= last)
  if (!text.endsWith('W')) return fits(text, day, 31)
  const wanted = Number.parseInt(text, 10)
  const closest = [0, -1, 1, -2, 2].map((by) => wanted + by).find(works)
  return wanted <= last && day === closest
}

function fitsWeekday(text: string, day: number, last: number, weekday: number): boolean {
  if (text === 'L') return weekday === 7
  if (text.endsWith('L')) return weekday === Number(text[0]) && day + 7 > last
  const [of, nth] = text.split('#')
  return nth === undefined ? fits(text, weekday, 7) : weekday === Number(of) && Math.ceil(day / 7) === Number(nth)
}
