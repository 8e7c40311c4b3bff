/** The library and the local Scheduler read expressions each with code of their own: they take and refuse the same, and agree on the times. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { next } from '../../local/scheduler/next.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineSchedule, nextRun } from '../../shared/define/schedule.ts'

const job = defineJob({ type: 'job', schema: z.unknown(), run: () => undefined })
const from = new Date('2026-01-01T00:00:00Z')

/** What the library says of an expression: its text for AWS, or why not. */
function library(expression: string, timezone: string): { text?: string; problem?: string } {
  try {
    return { text: defineSchedule({ name: 'daily', expression, timezone, job, payload: () => ({}) }).expression }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

function local(expression: string, timezone: string): { at?: number; problem?: string } {
  try {
    return { at: next({ expression, timezone }, from, from)?.getTime() }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

/** Pieces of all fields, right ones and wrong ones. */
const piece = fc.oneof(
  fc.constantFrom(
    '*',
    '?',
    'L',
    'LW',
    '15W',
    '31W',
    '0W',
    '6L',
    'FRIL',
    '3#2',
    '3#6',
    'MON-FRI',
    'FRI-MON',
    'MON-FRY',
    'JAN',
    'mar',
  ),
  fc.constantFrom(
    '0',
    '5',
    '07',
    '23',
    '24',
    '31',
    '32',
    '59',
    '60',
    '1-5',
    '5-1',
    '1-32',
    '0/5',
    '1/7',
    '*/5',
    '0/60',
    '1/0',
    '1,3',
    '1,',
    '1-',
    '1-2-3',
    'L-3',
    '2-6/2',
  ),
  fc.constantFrom('2026', '2026-2030', '2030/2', '2025', '2200', '1969'),
)
const crons = fc.tuple(piece, piece, piece, piece, piece, piece).map((fields) => `cron(${fields.join(' ')})`)
/** Expressions of which more are right: each field from its own pieces. */
const likely = fc
  .tuple(
    fc.constantFrom('0', '*/20', '5,35', '0/15', '60', '10-50/10'),
    fc.constantFrom('*', '8', '8-17', '9-24', '0/6', '22-4'),
    fc.constantFrom(
      '* ?',
      '1 ?',
      'L ?',
      'LW ?',
      '15W ?',
      '1,15 ?',
      '1/10 ?',
      '? MON-FRI',
      '? 6L',
      '? 3#2',
      '? L',
      '? 2/2',
      '? SUN,7',
      '31 ?',
      '* *',
      '1,L ?',
    ),
    fc.constantFrom('*', 'JAN', '2', '1-6', '1/3', 'FEB-APR', '13'),
    fc.constantFrom('*', '2026', '2026-2028', '2028/4'),
  )
  .map(
    ([minute, hour, days, month, year]) =>
      `cron(${[minute, hour, days.split(' ')[0], month, days.split(' ')[1], year].join(' ')})`,
  )
const rates = fc
  .tuple(
    fc.constantFrom('0', '1', '05', '5', '-1', '1.5', ''),
    fc.constantFrom('minute', 'minutes', 'hours', 'day', 'seconds', ''),
  )
  .map(([count, unit]) => `rate(${count} ${unit})`)

test('the library and the local Scheduler take and refuse the same, and agree on the first time', () => {
  let taken = 0
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York')
  fc.assert(
    fc.property(fc.oneof(crons, likely, likely, rates), zones, (expression, timezone) => {
      const [ours, theirs] = [library(expression, timezone), local(expression, timezone)]
      // Only the library refuses what never comes: AWS takes it, and does nothing.
      if (ours.problem?.includes('never comes')) {
        expect(theirs).toEqual({ at: undefined })
        return
      }
      expect({ expression, refused: ours.problem !== undefined }).toEqual({
        expression,
        refused: theirs.problem !== undefined,
      })
      if (ours.text === undefined) return
      taken++
      expect(local(ours.text, timezone)).toEqual(theirs)
      if (!expression.startsWith('rate')) expect(nextRun({ expression, timezone }, from)?.getTime()).toBe(theirs.at)
    }),
    { numRuns: 1_500 },
  )
  expect(taken).toBeGreaterThan(200)
})
