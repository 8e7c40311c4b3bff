import { describe, expect, it } from 'vitest'
import { duration, many, rate, relative } from '../../console/web/src/parts/words.ts'
import { isOf } from '../../console/web/src/screens/dead-letters/letters-of.ts'
import { errorGroups } from '../../shared/trouble.ts'

describe('words of the console', () => {
  it.each([
    [0.4, '0 s'],
    [59, '59 s'],
    [61, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h'],
    [5_400, '1 h 30 min'],
    [36_000, '10 h'],
    [86_400, '1 day'],
    [2 * 86_400 + 3_700, '2 days 1 h'],
    [40 * 86_400, '40 days'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words)
  })

  it('tells past and future', () => {
    expect([relative(0, 500), relative(0, 42_000), relative(42_000, 0)]).toEqual(['just now', '42 s ago', 'in 42 s'])
  })

  it('counts', () => {
    expect([many(1, 'job'), many(1_204, 'job'), rate(0.25), rate(-1_234.5)]).toEqual([
      '1 job',
      '1,204 jobs',
      '0.3',
      '1,235',
    ])
  })
})

describe('a letter', () => {
  it.each([
    'plain',
    'not verified: Ann.Other+x@example.com, "b@c.de"',
    'job 019a4b1e-90aa-7000-8000-5fd1c0ffee00 of order 1234567 in 1234 ms',
    '',
  ])('belongs to the group that the API makes of its error: %j', (error) => {
    const [group] = errorGroups([{ type: 'send-receipt', lastError: error }])
    expect(group && isOf(group, { type: 'send-receipt', error })).toBe(true)
    expect(group && isOf(group, { type: 'other', error })).toBe(false)
  })
})
