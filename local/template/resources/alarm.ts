import { z } from 'zod'
import type { Alarm } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { ignored, number, present } from './properties.ts'
import type { Resource, Resources, Rule } from './rule.ts'

const dimensions = z
  .array(z.strictObject({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((all) => Object.fromEntries(all.map(({ Name, Value }) => [Name, Value])))

const query = z.strictObject({
  Id: z.string(),
  Expression: z.string().optional(),
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
      Period: number,
      Stat: z.string(),
      Unit: ignored,
    })
    .optional(),
  Period: number.optional(),
  ReturnData: z.boolean().default(true),
  Label: ignored,
})

const properties = z.strictObject({
  AlarmName: z.string().optional(),
  AlarmDescription: z.string().default(''),
  ComparisonOperator: z.enum([
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  Threshold: number,
  EvaluationPeriods: number.pipe(z.int().min(1)),
  DatapointsToAlarm: number.pipe(z.int().min(1)).optional(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).default('missing'),
  Metrics: z.array(query).optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Period: number.optional(),
  AlarmActions: z.array(z.string()).default([]),
  /** The local alarms tell their state; they call nobody back when it is well again. */
  OKActions: ignored,
  InsufficientDataActions: ignored,
  Unit: ignored,
  Tags: ignored,
})

type Properties = z.infer<typeof properties>

export const alarmRules = {
  'AWS::CloudWatch::Alarm': {
    identity: ({ name, arn }) => {
      const physical = name('AlarmName')
      return { ref: physical, attributes: { Arn: arn('cloudwatch', `alarm:${physical}`) } }
    },
    properties,
  } satisfies Rule,
}

export function readAlarms(resources: Resources): Alarm[] {
  return resources.of(alarmRules).map((alarm) => {
    const { properties, logicalId, ref } = alarm
    return {
      logicalId,
      name: ref,
      description: properties.AlarmDescription,
      metrics: properties.Metrics ? queries(properties.Metrics) : [single(alarm)],
      comparison: properties.ComparisonOperator,
      threshold: properties.Threshold,
      evaluationPeriods: properties.EvaluationPeriods,
      datapointsToAlarm: properties.DatapointsToAlarm ?? properties.EvaluationPeriods,
      treatMissingData: properties.TreatMissingData,
      actions: properties.AlarmActions,
    }
  })
}

function single(alarm: Resource<Properties>): Alarm['metrics'][number] {
  const { Namespace, MetricName, Statistic, ExtendedStatistic, Period, Dimensions } = alarm.properties
  const statistic = Statistic ?? ExtendedStatistic
  if (Namespace === undefined || MetricName === undefined || statistic === undefined || Period === undefined) {
    const remedy = 'Give it Namespace, MetricName, Period and Statistic, or Metrics'
    throw new TemplateError(alarm, 'it names no metric', remedy)
  }
  return {
    id: 'm1',
    namespace: Namespace,
    metricName: MetricName,
    dimensions: Dimensions,
    statistic,
    periodSeconds: Period,
    returnData: true,
  }
}

/** An expression without a period of its own has the longest of the alarm's metrics. */
function queries(all: NonNullable<Properties['Metrics']>): Alarm['metrics'] {
  const longest = Math.max(60, ...all.map(({ MetricStat }) => MetricStat?.Period ?? 0))
  return all.map(({ Id, Expression, MetricStat, Period, ReturnData }) => ({
    id: Id,
    dimensions: MetricStat?.Metric.Dimensions ?? {},
    statistic: MetricStat?.Stat ?? '',
    periodSeconds: MetricStat?.Period ?? Period ?? longest,
    returnData: ReturnData,
    ...present({
      expression: Expression,
      namespace: MetricStat?.Metric.Namespace,
      metricName: MetricStat?.Metric.MetricName,
    }),
  }))
}
