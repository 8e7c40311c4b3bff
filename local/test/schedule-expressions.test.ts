import { expect, test } from 'vitest'
import { next } from '../scheduler/next.ts'

/** The next runs after a time, as ISO text without milliseconds. */
function runs(expression: string, timezone: string, from: string, count: number, createdAt = from): string[] {
  const found: string[] = []
  let last = new Date(from)
  while (found.length < count) {
    const due = next({ expression, timezone }, last, new Date(createdAt))
    if (!due) break
    found.push(due.toISOString().replace('.000Z', 'Z'))
    last = due
  }
  return found
}

const JANUARY = '2026-01-01T00:00:00Z'

test.each([
  ['cron(5,35 14 * * ? *)', ['2026-01-01T14:05:00Z', '2026-01-01T14:35:00Z', '2026-01-02T14:05:00Z']],
  ['cron(15 10 ? * 6L 2022-2030)', ['2026-01-30T10:15:00Z', '2026-02-27T10:15:00Z', '2026-03-27T10:15:00Z']],
  ['cron(0/15 8-17 ? * MON-FRI *)', ['2026-01-01T08:00:00Z', '2026-01-01T08:15:00Z', '2026-01-01T08:30:00Z']],
  ['cron(0 12 ? * 1 *)', ['2026-01-04T12:00:00Z', '2026-01-11T12:00:00Z', '2026-01-18T12:00:00Z']],
  ['cron(0 12 ? * 7,SUN *)', ['2026-01-03T12:00:00Z', '2026-01-04T12:00:00Z', '2026-01-10T12:00:00Z']],
  ['cron(0 12 ? * 2-3 *)', ['2026-01-05T12:00:00Z', '2026-01-06T12:00:00Z', '2026-01-12T12:00:00Z']],
  ['cron(0 12 ? * 2/2 *)', ['2026-01-02T12:00:00Z', '2026-01-05T12:00:00Z', '2026-01-07T12:00:00Z']],
  ['cron(0 12 ? * 3#2 *)', ['2026-01-13T12:00:00Z', '2026-02-10T12:00:00Z', '2026-03-10T12:00:00Z']],
  ['cron(0 12 ? * L *)', ['2026-01-03T12:00:00Z', '2026-01-10T12:00:00Z', '2026-01-17T12:00:00Z']],
  ['cron(0 0 L * ? *)', ['2026-01-31T00:00:00Z', '2026-02-28T00:00:00Z', '2026-03-31T00:00:00Z']],
  ['cron(0 0 1W * ? *)', ['2026-02-02T00:00:00Z', '2026-03-02T00:00:00Z', '2026-04-01T00:00:00Z']],
  ['cron(0 8 1 1/6 ? *)', ['2026-01-01T08:00:00Z', '2026-07-01T08:00:00Z', '2027-01-01T08:00:00Z']],
  ['cron(0 8 1/10 * ? *)', ['2026-01-01T08:00:00Z', '2026-01-11T08:00:00Z', '2026-01-21T08:00:00Z']],
  ['cron(0 8 1 3 ? 2027)', ['2027-03-01T08:00:00Z']],
  ['cron(0 8 1 3 ? 2020)', []],
])('%s runs when AWS says', (expression, expected) => {
  expect(runs(expression, 'UTC', JANUARY, Math.max(1, expected.length))).toEqual(expected)
})

test('cron follows the clock of its time zone through the year', () => {
  const [winter] = runs('cron(0 9 * * ? *)', 'Europe/Berlin', '2026-01-10T00:00:00Z', 1)
  const [summer] = runs('cron(0 9 * * ? *)', 'Europe/Berlin', '2026-07-10T00:00:00Z', 1)
  expect([winter, summer]).toEqual(['2026-01-10T08:00:00Z', '2026-07-10T07:00:00Z'])
})

test('in spring a time that does not exist is skipped', () => {
  expect(runs('cron(30 2 * * ? *)', 'America/New_York', '2026-03-07T00:00:00Z', 2)).toEqual([
    '2026-03-07T07:30:00Z',
    '2026-03-09T06:30:00Z',
  ])
})

test('in autumn a time that comes twice runs once, the first time', () => {
  expect(runs('cron(30 1 * * ? *)', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
    '2026-11-01T05:30:00Z',
    '2026-11-02T06:30:00Z',
  ])
})

test('the second pass of an hour in autumn is not mistaken for the first', () => {
  expect(runs('cron(0/20 * * * ? *)', 'America/New_York', '2026-11-01T06:10:00Z', 1)).toEqual(['2026-11-01T07:00:00Z'])
})

test('a zone whose clock moves by half an hour skips what falls into it', () => {
  expect(runs('cron(15 2 * * ? *)', 'Australia/Lord_Howe', '2026-10-02T12:00:00Z', 2)).toEqual([
    '2026-10-02T15:45:00Z',
    '2026-10-04T15:15:00Z',
  ])
})

test('a rate runs at its creation and then in even distances from it', () => {
  const created = '2026-01-01T10:07:30Z'
  expect(runs('rate(5 minutes)', 'UTC', '2026-01-01T10:07:29Z', 2, created)).toEqual([created, '2026-01-01T10:12:30Z'])
  expect(runs('rate(5 minutes)', 'UTC', '2026-01-03T00:00:00Z', 1, created)).toEqual(['2026-01-03T00:02:30Z'])
  expect(runs('rate(5 minutes)', 'UTC', created, 1, created)).toEqual(['2026-01-01T10:12:30Z'])
})

test('a rate of one day is 24 hours, whatever the clock does', () => {
  const created = '2026-03-07T12:00:00Z'
  expect(runs('rate(1 day)', 'America/New_York', created, 2)).toEqual(['2026-03-08T12:00:00Z', '2026-03-09T12:00:00Z'])
})

test('at runs once, at the time of its zone', () => {
  expect(runs('at(2026-07-01T09:30:00)', 'Europe/Berlin', JANUARY, 5)).toEqual(['2026-07-01T07:30:00Z'])
})

test.each([
  ['cron(0 8 * * *)', 'six'],
  ['cron(0 8 * * * *)', 'exactly one'],
  ['cron(0 8 ? * ? *)', 'exactly one'],
  ['cron(0 8 ? * 8 *)', 'between 1'],
  ['cron(61 8 * * ? *)', 'cron(61 8'],
  ['rate(0 minutes)', 'positive'],
  ['rate(5 seconds)', 'minutes, hours or days'],
  ['at(tomorrow)', 'yyyy-mm-dd'],
  ['at(2026-03-08T02:30:00)', 'does not exist'],
  ['every day', 'rate(…), cron(…) or at(…)'],
])('%s is refused in words', (expression, words) => {
  expect(() => next({ expression, timezone: 'America/New_York' }, new Date(JANUARY), new Date(JANUARY))).toThrow(words)
})

test('an unknown time zone is refused', () => {
  expect(() => runs('cron(0 8 * * ? *)', 'Mars/Olympus', JANUARY, 1)).toThrow('Mars/Olympus')
})
