import { describe, expect, test } from 'vitest'
import { adviceAgainst } from '../alarms/advice.ts'
import { type AlarmState, compileAlarm, wholeMinutes } from '../alarms/evaluation.ts'
import { parseExpression } from '../alarms/expression.ts'
import { statisticOf } from '../alarms/statistics.ts'
import { createMetrics } from '../metrics.ts'
import { alarm, metric } from './support/alarms.ts'

const NOW = 10_000_000
/** Seconds before now → value. */
type Points = readonly (readonly [secondsAgo: number, value: number])[]

function stateOf(more: Parameters<typeof alarm>[0], points: Points, current: AlarmState = 'OK'): AlarmState {
  const metrics = createMetrics()
  const watched = alarm(more)
  const { namespace = '', metricName: name = '', dimensions } = watched.metrics[0] ?? metric()
  for (const [secondsAgo, value] of points)
    metrics.put({ namespace, name, dimensions, value, at: NOW - secondsAgo * 1000 })
  return compileAlarm(watched)(metrics, NOW, current).state
}

describe('the threshold', () => {
  test.each([
    ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
    ['GreaterThanThreshold', 5, 'OK'],
    ['GreaterThanThreshold', 6, 'ALARM'],
    ['LessThanThreshold', 5, 'OK'],
    ['LessThanThreshold', 4, 'ALARM'],
    ['LessThanOrEqualToThreshold', 5, 'ALARM'],
  ])('%s 5 of %d is %s', (comparison, value, state) => {
    expect(stateOf({ comparison, threshold: 5 }, [[10, value]])).toBe(state)
  })

  test('a comparison with an anomaly band is refused', () => {
    const band = alarm({ comparison: 'GreaterThanUpperThreshold' })
    expect(() => compileAlarm(band)).toThrow('GreaterThanUpperThreshold is not evaluated here')
  })
})

describe('periods', () => {
  test('the latest period ends now and slides', () => {
    expect(stateOf({}, [[59, 1]])).toBe('ALARM')
    expect(stateOf({}, [[60, 1]])).toBe('OK')
  })

  test('each period has its own statistic', () => {
    const twoPeriods = { threshold: 3, evaluationPeriods: 2, datapointsToAlarm: 2 }
    expect(
      stateOf(twoPeriods, [
        [10, 2],
        [20, 2],
        [70, 3],
      ]),
    ).toBe('ALARM')
    expect(
      stateOf(twoPeriods, [
        [10, 2],
        [20, 2],
        [70, 2],
      ]),
    ).toBe('OK')
  })

  test('so many of them must breach, wherever they are', () => {
    const twoOfThree = { evaluationPeriods: 3, datapointsToAlarm: 2 }
    expect(
      stateOf(twoOfThree, [
        [10, 1],
        [130, 1],
      ]),
    ).toBe('ALARM')
    expect(stateOf(twoOfThree, [[130, 1]])).toBe('OK')
  })

  test('of a queue metric the last sample of a period counts', () => {
    const depth = metric({
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      statistic: 'Maximum',
    })
    expect(
      stateOf({ metrics: [depth] }, [
        [30, 7],
        [1, 0],
      ]),
    ).toBe('OK')
    expect(
      stateOf({ metrics: [depth] }, [
        [30, 0],
        [1, 7],
      ]),
    ).toBe('ALARM')
  })
})

describe('whole minutes', () => {
  const minute = Math.floor(NOW / 60_000) * 60_000
  const stateAt = (at: number, now: number) => {
    const metrics = createMetrics()
    metrics.put({ namespace: 'App', name: 'Failures', dimensions: {}, value: 1, at })
    return compileAlarm(alarm(), wholeMinutes)(metrics, now, 'OK').state
  }

  test('a datapoint of the minute that is not over does not count yet', () => {
    expect(stateAt(minute + 10_000, minute + 59_000)).toBe('OK')
    expect(stateAt(minute + 10_000, minute + 60_000)).toBe('ALARM')
  })

  test('a datapoint counts for the whole of the next minute, and no longer', () => {
    expect(stateAt(minute + 10_000, minute + 119_999)).toBe('ALARM')
    expect(stateAt(minute + 10_000, minute + 120_000)).toBe('OK')
  })
})

describe('missing data', () => {
  test.each([
    ['notBreaching', 'ALARM', 'OK'],
    ['breaching', 'OK', 'ALARM'],
    ['ignore', 'ALARM', 'ALARM'],
    ['ignore', 'OK', 'OK'],
    ['missing', 'OK', 'INSUFFICIENT_DATA'],
  ] as const)('%s: from %s to %s', (treatMissingData, current, state) => {
    expect(stateOf({ treatMissingData }, [], current)).toBe(state)
  })

  test('breaching: missing periods fill up what is there', () => {
    const both = { treatMissingData: 'breaching', evaluationPeriods: 2, datapointsToAlarm: 2 } as const
    expect(stateOf(both, [[10, 1]])).toBe('ALARM')
    expect(stateOf(both, [[10, 0]])).toBe('OK')
  })
})

describe('statistics', () => {
  const values = [1, 2, 3, 4, 10]
  test.each([
    ['Sum', 20],
    ['Average', 4],
    ['Minimum', 1],
    ['Maximum', 10],
    ['SampleCount', 5],
    ['p50', 3],
    ['p99', 10],
    ['p99.9', 10],
    ['p0', 1],
  ])('%s', (statistic, expected) => {
    expect(statisticOf(statistic)(values.map((value) => ({ value, count: 1 })))).toBe(expected)
    expect(statisticOf(statistic)([])).toBeUndefined()
  })

  test('count how often a value was measured', () => {
    const latencies = [
      { value: 900, count: 1 },
      { value: 20, count: 99 },
    ]
    expect(statisticOf('SampleCount')(latencies)).toBe(100)
    expect(statisticOf('Average')(latencies)).toBeCloseTo(28.8, 10)
    expect(statisticOf('p99')(latencies)).toBe(20)
    expect(statisticOf('p99.5')(latencies)).toBe(900)
  })

  test('another one is refused', () => {
    expect(() => statisticOf('TM(10%:90%)')).toThrow('TM(10%:90%) is not evaluated here')
  })
})

describe('metric math', () => {
  const values = { m1: 6, m2: 4, gap: undefined }
  test.each([
    ['m1 + m2 * 2', 14],
    ['(m1 + m2) * 2', 20],
    ['m1 - m2 - 1', 1],
    ['100 * m2 / (m1 + m2)', 40],
    ['-m2 + 10.5', 6.5],
    ['m1 / (m2 - 4)', undefined],
    ['m1 + gap', 6],
    ['gap + gap', undefined],
    ['2 * gap', undefined],
    ['-gap', undefined],
    ['m1 > 5', 1],
    ['m1 >= 6.5', 0],
    ['m1 == 6', 1],
    ['m1 != 6', 0],
    ['m2 < m1', 1],
    ['m2 <= gap', 0],
    ['gap < m2', 1],
    ['gap > 1', undefined],
    ['m1 > 1 AND m2 > 1', 1],
    ['m1 > 1 && m2 > 9', 0],
    ['m1 > 1 AND gap > 1', 0],
    ['m1 > 9 || m2 > 1', 1],
    ['m1 > 9 OR m2 > 1 AND m2 > 9', 0],
    ['m1 > 9 AND m2 > 1 OR m2 > 1', 1],
    ['m1 + m2 > 9 AND 2 * m1 > m2', 1],
    ['IF(m1 > 5, 1, 0)', 1],
    ['IF(m1 > 5, m2)', 4],
    ['IF(m1 > 6, 1)', undefined],
    ['IF(m1 > 6, 1, m2)', 4],
    ['IF(m1, gap, 7)', 0],
    ['IF(m1 > 6, 1, gap)', undefined],
    ['IF(gap, 1, 0)', undefined],
    ['m1 < m2 OR m1 <= 6 AND m2 != 4', 0],
    ['IF(m1 + m2 > 9 AND 2 * m2 >= m1, m1, 0)', 6],
    ['IF(m1 == m2, 1, 0)', 0],
    ['IF(gap > 1, 1, 0)', undefined],
    ['m1 + FILL(gap, 0)', 6],
    ['MAX([m1, gap, m2])', 6],
    ['MIN(m1, m2)', 4],
    ['SUM([m1, m2, 1])', 11],
    ['SUM([gap])', undefined],
  ])('%s is %s', (expression, expected) => {
    expect(parseExpression(expression)(values)).toBe(expected)
  })

  test.each([
    'IF(m1)',
    'IF(m1, 1, 2, 3)',
    'm1 = 6',
    'm1 AND',
    'ANOMALY_DETECTION_BAND(m1)',
    'm1 +',
    '(m1',
    'm1 m2',
    'SUM(METRICS())',
    'FILL(m1, REPEAT)',
    '',
  ])('%s is refused', (expression) => {
    expect(() => parseExpression(expression)).toThrow(`"${expression}" is not evaluated here`)
  })

  test('an alarm on a sum of metrics', () => {
    const metrics = createMetrics()
    const part = (id: string, metricName: string) => metric({ id, metricName, returnData: false })
    const sum = metric({ id: 'e1', expression: 'm1 + m2' })
    const evaluate = compileAlarm(alarm({ threshold: 3, metrics: [sum, part('m1', 'A'), part('m2', 'B')] }))
    const put = (name: string, value: number) =>
      metrics.put({ namespace: 'App', name, dimensions: {}, value, at: NOW - 1000 })
    put('A', 1)
    expect(evaluate(metrics, NOW, 'OK').state).toBe('OK')
    put('B', 2)
    expect(evaluate(metrics, NOW, 'OK')).toMatchObject({ state: 'ALARM', reason: expect.stringContaining('3') })
  })
})

describe('metric math that AWS advises against in alarms', () => {
  const using = (expression: string, more: object = {}) =>
    adviceAgainst(alarm({ metrics: [metric({ id: 'e1', expression }), metric({ returnData: false })], ...more }))

  test.each(['MIN([m1, 1])', 'm1 - MAX(m1)', 'SUM(m1)'])('%s is named', (expression) => {
    expect(using(expression)).toEqual([expect.stringContaining(' is not for alarms')])
  })

  test('FILL is named, except where only some of the datapoints must breach', () => {
    expect(using('FILL(m1, 0)')).toEqual([expect.stringContaining('FILL gives the latest period its filler')])
    expect(using('FILL(m1, 0)', { evaluationPeriods: 3, datapointsToAlarm: 1 })).toEqual([])
  })

  test.each(['m1 + 1', 'SUM([m1, m2])', 'IF(m1 > 3 AND m1 < 9, 1, 0)'])('%s is not named', (expression) => {
    expect(using(expression)).toEqual([])
  })
})
