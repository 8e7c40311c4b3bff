import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import { alarms as table } from '../../infra/monitoring/alarms.ts'
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

test('the stage has every alarm of the table, for each lane and function', () => {
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
  test('has a one-line description that ends with its runbook', () => {
    expect(properties.AlarmDescription).toMatch(/^[A-Z][^\n]{40,}\. See docs\/operations\.md#[a-z0-9-]+$/)
  })

  test('notifies the topic of ALARM and of OK', () => {
    const pauses = properties.AlarmName.endsWith('-circuit-breaker')
    expect(properties.AlarmActions.slice(0, 1)).toEqual([{ Ref: topic?.id }])
    expect(properties.AlarmActions).toHaveLength(pauses ? 2 : 1)
    expect(properties.OKActions).toEqual([{ Ref: topic?.id }])
  })
})

test('each but one is in ALARM above its threshold, and not without traffic', () => {
  for (const { Properties } of alarms.filter(({ id }) => prod.say({ Ref: id }) !== 'sweep-silent')) {
    expect(Properties.ComparisonOperator).toBe('GreaterThanThreshold')
    expect(Properties.TreatMissingData).toBe('notBreaching')
  }
})

describe.each(lanes)('lane $name', (lane) => {
  const suffix = lane.kind === 'ordered' ? '.fifo' : ''
  const watches = (name: string) => prod.say(alarm(name).Dimensions[0].Value)

  test('is in ALARM within a minute of its first dead letter', () => {
    expect(alarm(`${lane.name}-dead-letters`)).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Threshold: 0,
      Period: 60,
      EvaluationPeriods: 1,
    })
    expect(watches(`${lane.name}-dead-letters`)).toBe(`${lane.name}-dlq${suffix}`)
  })

  test('is in ALARM when its oldest job is later than the lane allows', () => {
    expect(alarm(`${lane.name}-late`)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      Threshold: lane.lateAfterSeconds,
      Period: 60,
    })
    expect(watches(`${lane.name}-late`)).toBe(`${lane.name}${suffix}`)
  })
})

test.each(functions)('the function %s is in ALARM after a single error or throttle', (name) => {
  for (const [kind, metric] of [
    ['errors', 'Errors'],
    ['throttles', 'Throttles'],
  ]) {
    const properties = alarm(`${name}-${kind}`)
    expect(properties).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: metric, Statistic: 'Sum', Threshold: 0 })
    expect(prod.say(properties.Dimensions[0].Value)).toBe(name)
  }
})

test('the relay is in ALARM long before the stream expires', () => {
  for (const name of ['relay', 'relay-ordered'])
    expect(alarm(`${name}-iterator-age`)).toMatchObject({ MetricName: 'IteratorAge', Threshold: 60_000, Period: 60 })
})

test('the API is in ALARM after several server errors', () => {
  expect(alarm('api-5xx')).toMatchObject({ Namespace: 'AWS/ApiGateway', MetricName: '5xx', Threshold: 4 })
})

test.each(Object.entries(table))('docs/operations.md has a section #%s, which names the alarm', (anchor, { name }) => {
  const runbook = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const sections = runbook.split(/^## /m).map((text) => [text.split('\n', 1)[0] ?? '', text] as const)
  const section = sections.find(([heading]) => heading.toLowerCase().replaceAll(' ', '-') === anchor)
  expect(section?.[1]).toContain(`\`${name}\``)
})

test('every placeholder of an alarm gets its value', () => {
  for (const { Properties } of alarms)
    expect(`${Properties.AlarmName} ${Properties.AlarmDescription}`).not.toMatch(/[<>]|NaN|undefined/)
})
