import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const local = new StageTemplate('local')
const alarm = (name: string) => prod.named('AWS::CloudWatch::Alarm', name).Properties

test('the alarm on runs that could not be delivered needs one message and one minute', () => {
  const properties = alarm('schedule-failures')
  expect(properties).toMatchObject({ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0, Period: 60 })
  expect(prod.say(properties.Dimensions[0].Value)).toBe('schedule-failures')
})

describe('a sweeper that does not run', () => {
  test('is in ALARM after five minutes, also without data', () => {
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

  test('is not in ALARM on a machine that was just switched on', () => {
    const { TreatMissingData } = local.named('AWS::CloudWatch::Alarm', 'sweep-silent').Properties
    expect(TreatMissingData).toBe('notBreaching')
  })
})

describe('an unrelayed job', () => {
  const properties = alarm('unrelayed')

  test('is in ALARM as soon as the reconciler has found one', () => {
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
