import type { Alarm } from '../../model.ts'

type AlarmMetric = Alarm['metrics'][number]

/** `Sum` of App/Failures over a minute, unless said otherwise. */
export function metric(more: Partial<AlarmMetric> = {}): AlarmMetric {
  const named = { namespace: 'App', metricName: 'Failures', dimensions: {}, statistic: 'Sum' }
  return { id: 'm1', ...named, periodSeconds: 60, returnData: true, ...more }
}

/** At least one, in one period. */
export function alarm(more: Partial<Alarm> = {}): Alarm {
  return {
    logicalId: 'Failing',
    name: 'failing',
    description: 'Something fails',
    metrics: [metric()],
    comparison: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    evaluationPeriods: 1,
    datapointsToAlarm: more.evaluationPeriods ?? 1,
    treatMissingData: 'notBreaching',
    actions: [],
    ...more,
  }
}
