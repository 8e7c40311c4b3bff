import { describe, expect, it } from 'vitest'
import { dollars, duration, latency, many, rate, relative, who } from '../../web/src/components/words.ts'
import { targetOf } from '../../web/src/frame/search.ts'
import { perMinute, sinceFirstJob } from '../../web/src/screens/overview/lane-metrics.ts'

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
    [dollars(0.008), '$0.0080'],
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
    expect(targetOf(text)).toEqual(place)
  })
})

describe('metrics of a stack that was just started', () => {
  const at = (minute: number) => new Date(minute * 60_000).toISOString()
  const lane = (succeeded: number[]) => {
    const none = succeeded.map(() => 0)
    return { name: 'default', accepted: none, started: none, succeeded, retrying: none, dead: none }
  }
  const metrics = (succeeded: number[]) => ({
    since: at(0),
    until: at(60),
    periodSeconds: 60,
    lanes: [lane(succeeded)],
  })
  const from = (first: number) => Array.from({ length: 60 }, (_, i) => (i < first ? 0 : 1))

  it('begin a period before the first job', () => {
    const { since, lanes } = sinceFirstJob(metrics(from(30)))
    expect(since).toBe(at(29))
    expect(lanes[0]?.succeeded).toEqual(from(30).slice(29))
    expect(lanes[0]?.dead).toHaveLength(31)
  })

  it.each([
    ['with one in the last minutes', 55, 10],
    ['with none', 60, 60],
    ['with one at the very start', 0, 60],
  ])('are ten minutes long at least: %s', (_, first, length) => {
    expect(sinceFirstJob(metrics(from(first))).lanes[0]?.succeeded).toHaveLength(length)
  })

  it('leave out of a rate the period that has just begun', () => {
    const values = [60, 60, 60, 60, 60, 1]
    expect(perMinute({ since: at(0), until: at(5.1), periodSeconds: 60 }, values)).toBe(60)
    expect(perMinute({ since: at(0), until: at(6), periodSeconds: 60 }, values)).toBeCloseTo(48.2)
  })
})
