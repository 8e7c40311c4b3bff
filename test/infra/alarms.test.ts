import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import { describe, expect, test } from 'vitest'
import application from '../../app/application.ts'
import { lanes } from '../../app/lanes.ts'
import { alarms as table } from '../../infra/monitoring/alarms.ts'
import { OutboxRelay } from '../../infra/outbox-relay.ts'
import { alarmMetrics } from '../harness/bench/cost/monthly.ts'
import { type Props, StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const alarms = prod.ofType('AWS::CloudWatch::Alarm')
const alarm = (name: string) => prod.named('AWS::CloudWatch::Alarm', name).Properties
/** The functions whose errors no other alarm shows. */
const functions = ['sweep', 'reconcile', 'circuit-breaker', ...lanes.map(({ name }) => `consume-${name}`)]
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
    ...functions.map((name) => `${name}-errors`),
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

test.each(functions)('the function %s is in ALARM after a single error', (name) => {
  const properties = alarm(`${name}-errors`)
  expect(properties).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Threshold: 0 })
  expect(prod.say(properties.Dimensions[0].Value)).toBe(name)
})

test('the bill of an idle stage has what it has: the metrics of its alarms, its keys and its dashboard', () => {
  const metrics = alarms.flatMap(({ Properties }) =>
    Properties.Metrics ? Properties.Metrics.filter(({ MetricStat }: Props) => MetricStat) : [Properties.MetricName],
  )
  expect(metrics).toHaveLength(alarmMetrics)
  expect(prod.ofType('AWS::KMS::Key')).toHaveLength(1)
  expect(prod.ofType('AWS::CloudWatch::Dashboard')).toHaveLength(1)
})

describe('the alarm of a circuit breaker', () => {
  const { Metrics, ...properties } = alarm('bulk-circuit-breaker')
  const queries = Metrics as Props[]

  test('calls for no function that CloudWatch advises against in alarms of late metrics', () => {
    const [expression] = queries.flatMap(({ Expression }) => Expression ?? [])
    expect(expression).toBe('IF(jobs > 30 AND lowest > 0 AND lowest < highest, 1, 0)')
    expect(expression).not.toMatch(/FILL|MIN|MAX/)
  })

  test('looks again at the periods whose metrics came late', () => {
    expect(properties).toMatchObject({ Threshold: 0, EvaluationPeriods: 3, DatapointsToAlarm: 1 })
    const stats = queries.flatMap(({ MetricStat }) => MetricStat ?? [])
    expect(stats.map(({ Period, Stat }) => [Period, Stat])).toEqual(
      ['SampleCount', 'Minimum', 'Maximum'].map((statistic) => [60, statistic]),
    )
  })

  test('is the only caller of its function, for its own lane and in this account', () => {
    const permissions = prod
      .ofType('AWS::Lambda::Permission')
      .filter(({ Properties }) => prod.say(Properties.FunctionName) === 'circuit-breaker')
    const lanesWithBreaker = lanes.filter(({ circuitBreaker }) => circuitBreaker)
    expect(
      permissions.map(({ Properties: { Action, Principal, SourceAccount, SourceArn } }) => ({
        ...{ Action, Principal },
        account: prod.say(SourceAccount),
        alarm: prod.say(SourceArn),
      })),
    ).toEqual(
      lanesWithBreaker.map(({ name }) => ({
        Action: 'lambda:InvokeFunction',
        Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
        account: '<AWS::AccountId>',
        alarm: `arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:OutboxRelay-prod-${name}-circuit-breaker`,
      })),
    )
  })

  test('reads only metrics that the consumer of the lane writes', () => {
    const code =
      "import { laneOutcomes } from './functions/aws/telemetry.ts'; laneOutcomes('bulk', [{ kind: 'succeeded' }])"
    const { Variables } = prod.named('AWS::Lambda::Function', 'consume-bulk').Properties.Environment
    const { POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE } = Variables
    const env = { POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE }
    const lines = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env })
    const written = lines
      .split('\n')
      .filter((line) => line.includes('_aws'))
      .flatMap((line) => seriesIn(JSON.parse(line)))
    for (const { MetricStat } of queries.filter((query) => query.MetricStat))
      expect(written).toContainEqual(MetricStat.Metric)
  })
})

/** The series of a line in the embedded metric format, as an alarm names them. */
function seriesIn(line: Props): Props[] {
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: Props) =>
    Dimensions.flatMap((names: string[]) =>
      Metrics.map(({ Name }: Props) => ({
        Namespace,
        MetricName: Name,
        Dimensions: names.toSorted().map((name) => ({ Name: name, Value: line[name] })),
      })),
    ),
  )
}

test('the API that is a part of another one has an alarm of its own errors', () => {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Own')
  new OutboxRelay(stack, 'Outbox', { application, name: 'Own', api: { httpApi: new HttpApi(stack, 'Api') } })
  const names = stack.node.findAll().flatMap((one) => (one instanceof CfnAlarm ? [one.alarmName] : []))
  expect(names).toContain('Own-api-errors')
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
