import { describe, expect, it } from 'vitest'
import { placeOf } from '../../console/web/src/frame/search.ts'
import { dollars, duration, latency, many, rate, relative, who } from '../../console/web/src/parts/words.ts'
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

describe('numbers of machines and names of people', () => {
  it.each([
    [dollars(0), '$0'],
    [dollars(0.00312), '$0.0031'],
    [dollars(0.6635), '$0.66'],
    [dollars(1_204.4), '$1,204'],
    [latency(84.4), '84 ms'],
    [latency(1_240), '1.2 s'],
    [latency(186_000), '3 min'],
    [who('arn:aws:sts::123456789012:assumed-role/operator/kim'), 'kim (operator)'],
    [
      who('arn:aws:sts::123456789012:assumed-role/aws-reserved/sso/operator/kim@example.com'),
      'kim@example.com (operator)',
    ],
    [who('arn:aws:iam::123456789012:user/team/kim'), 'kim'],
    [who('circuit breaker'), 'circuit breaker'],
  ])('%s', (written, expected) => {
    expect(written).toBe(expected)
  })
})

describe('a search', () => {
  const id = '019a4b1e-90aa-7000-8000-5fd1c0ffee00'
  it.each([
    [id, { path: ['jobs', id] }],
    [`order-7~${id}`, { path: ['jobs', `order-7~${id}`] }],
    [`/jobs/${id}`, { path: ['jobs', id] }],
    [`https://api.example.com/orders/${id}`, { path: ['jobs'], query: { record: `order/${id}` } }],
    [` order/${id} `, { path: ['jobs'], query: { record: `order/${id}` } }],
    ['dead', { path: ['jobs'], query: { status: 'dead' } }],
    ['send-receipt', { path: ['jobs'], query: { type: 'send-receipt' } }],
    ['  ', undefined],
  ])('for %j leads to its place', (text, place) => {
    expect(placeOf(text)).toEqual(place)
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
