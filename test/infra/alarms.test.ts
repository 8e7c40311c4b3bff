import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod', { alarmEmail: 'ops@example.com' })
const dev = new StageTemplate('dev')
const local = new StageTemplate('local')
const alarms = prod.ofType('AWS::CloudWatch::Alarm')
const alarm = (name: string) => prod.named('AWS::CloudWatch::Alarm', name).Properties
const functions = [
  'api',
  'relay',
  'relay-ordered',
  'sweep',
  'reconcile',
  'tick',
  ...lanes.map(({ name }) => `consume-${name}`),
]
const [topic] = prod.ofType('AWS::SNS::Topic')

test('there is one for everything that can go wrong', () => {
  const expected = [
    'api-5xx',
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
    expect(properties.AlarmActions).toEqual([{ Ref: topic?.id }])
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

test('a tick that could not be delivered rings within a minute', () => {
  const properties = alarm('schedule-failures')
  expect(properties).toMatchObject({ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0, Period: 60 })
  expect(prod.say(properties.Dimensions[0].Value)).toBe('schedule-failures')
})

describe('a sweeper that does not run', () => {
  test('rings after five minutes, and that it reports nothing is no excuse', () => {
    const properties = alarm('sweep-silent')
    expect(properties).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 60,
      EvaluationPeriods: 5,
      TreatMissingData: 'breaching',
    })
    expect(prod.say(properties.Dimensions[0].Value)).toBe('sweep')
  })

  test('does not ring on a machine that was just switched on', () => {
    const { TreatMissingData } = local.named('AWS::CloudWatch::Alarm', 'sweep-silent').Properties
    expect(TreatMissingData).toBe('notBreaching')
  })
})

describe('an unrelayed job', () => {
  const properties = alarm('unrelayed')

  test('rings as soon as the reconciler has found one', () => {
    expect(properties).toMatchObject({ Statistic: 'Sum', Threshold: 0, Period: 300, EvaluationPeriods: 1 })
  })

  test('is counted by the reconciler under the very name and dimensions that the alarm watches', () => {
    const { Variables } = prod.named('AWS::Lambda::Function', 'reconcile').Properties.Environment
    const { POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE } = Variables
    const code = "import { total } from './functions/aws/telemetry.ts'; total('unrelayed', 2)"
    const line = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE },
    })
    const written = JSON.parse(line)
    const [{ Namespace, Dimensions, Metrics }] = written._aws.CloudWatchMetrics
    expect({ Namespace, MetricName: Metrics[0].Name, value: written[Metrics[0].Name] }).toEqual({
      Namespace: properties.Namespace,
      MetricName: properties.MetricName,
      value: 2,
    })
    expect(Dimensions[0].map((Name: string) => ({ Name, Value: written[Name] }))).toEqual(properties.Dimensions)
  })
})

describe('the topic', () => {
  const statements = (template: StageTemplate) =>
    template.ofType('AWS::SNS::TopicPolicy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement)

  test('lets CloudWatch of this account publish, and refuses whatever comes without TLS', () => {
    expect(statements(prod)).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sns:Publish',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      {
        Sid: expect.any(String),
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: { Ref: topic?.id },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ])
  })

  test('is encrypted in prod with a key that CloudWatch may use', () => {
    const [key] = prod.ofType('AWS::KMS::Key')
    expect(topic?.Properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [key?.id, 'Arn'] })
    expect(key?.Properties.EnableKeyRotation).toBe(true)
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Principal: { Service: 'cloudwatch.amazonaws.com' },
      }),
    )
  })

  test('has the subscriber of the configuration, or none', () => {
    const [subscription] = prod.ofType('AWS::SNS::Subscription')
    expect(subscription?.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' })
    expect(dev.ofType('AWS::SNS::Subscription')).toEqual([])
  })
})
