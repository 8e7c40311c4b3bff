import { describe, expect, test } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const alarms = prod.ofType('AWS::CloudWatch::Alarm')
const alarm = (name: string) => prod.named('AWS::CloudWatch::Alarm', name).Properties
const functions = [
  'api',
  'relay',
  'relay-ordered',
  'sweep',
  'reconcile',
  'schedule',
  'circuit-breaker',
  ...lanes.map(({ name }) => `consume-${name}`),
]
const [topic] = prod.ofType('AWS::SNS::Topic')

test('there is one for everything that can go wrong', () => {
  const expected = [
    'api-5xx',
    'bulk-circuit-breaker',
    'relay-failures',
    'relay-iterator-age',
    'relay-ordered-iterator-age',
    'schedule-failures',
    'sweep-silent',
    'unrelayed',
    ...lanes.flatMap(({ name }) => [`${name}-dead-letters`, `${name}-late`]),
    ...functions.flatMap((name) => [`${name}-errors`, `${name}-throttles`]),
  ]
  expect(alarms.map(({ id }) => prod.say({ Ref: id })).sort()).toEqual(expected.sort())
})

describe.each(alarms.map(({ Properties }) => [Properties.AlarmName, Properties] as const))('%s', (_, properties) => {
  test('says what it means and where to read on, in one line', () => {
    expect(properties.AlarmDescription).toMatch(/^[A-Z][^\n]{40,}\. See docs\/operations\.md#[a-z0-9-]+$/)
  })

  test('tells the topic when it rings and when it is over', () => {
    const mends = properties.AlarmName.endsWith('-circuit-breaker')
    expect(properties.AlarmActions.slice(0, 1)).toEqual([{ Ref: topic?.id }])
    expect(properties.AlarmActions).toHaveLength(mends ? 2 : 1)
    expect(properties.OKActions).toEqual([{ Ref: topic?.id }])
  })
})

test('each but one rings above its threshold, and not for lack of traffic', () => {
  for (const { Properties } of alarms.filter(({ id }) => prod.say({ Ref: id }) !== 'sweep-silent')) {
    expect(Properties.ComparisonOperator).toBe('GreaterThanThreshold')
    expect(Properties.TreatMissingData).toBe('notBreaching')
  }
})

describe.each(lanes)('lane $name', (lane) => {
  const suffix = lane.kind === 'ordered' ? '.fifo' : ''
  const watches = (name: string) => prod.say(alarm(name).Dimensions[0].Value)

  test('rings within a minute of its first dead letter', () => {
    expect(alarm(`${lane.name}-dead-letters`)).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Threshold: 0,
      Period: 60,
      EvaluationPeriods: 1,
    })
    expect(watches(`${lane.name}-dead-letters`)).toBe(`${lane.name}-dlq${suffix}`)
  })

  test('rings when its oldest job is later than the lane allows', () => {
    expect(alarm(`${lane.name}-late`)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      Threshold: lane.lateAfterSeconds,
      Period: 60,
    })
    expect(watches(`${lane.name}-late`)).toBe(`${lane.name}${suffix}`)
  })
})

test.each(functions)('%s rings on a single error or throttle', (name) => {
  for (const [kind, metric] of [
    ['errors', 'Errors'],
    ['throttles', 'Throttles'],
  ]) {
    const properties = alarm(`${name}-${kind}`)
    expect(properties).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: metric, Statistic: 'Sum', Threshold: 0 })
    expect(prod.say(properties.Dimensions[0].Value)).toBe(name)
  }
})

test('the relay rings long before the stream forgets', () => {
  for (const name of ['relay', 'relay-ordered'])
    expect(alarm(`${name}-iterator-age`)).toMatchObject({ MetricName: 'IteratorAge', Threshold: 60_000, Period: 60 })
})

test('the API rings on several server errors', () => {
  expect(alarm('api-5xx')).toMatchObject({ Namespace: 'AWS/ApiGateway', MetricName: '5xx', Threshold: 4 })
})
