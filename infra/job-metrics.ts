import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type MetricName, metricsNamespace } from '../shared/names.ts'
import type { Stage } from './config.ts'

/** How many jobs of the stage came to a point of their way, over all lanes and types. */
export function jobCount(stage: Stage, name: MetricName): MathExpression {
  return over(`SUM(${search(stage, name, 'Sum')})`, name)
}

/** The slowest lane and type at the 99th percentile, in ms. */
export function jobLatency(stage: Stage, name: MetricName): MathExpression {
  return over(`MAX(${search(stage, name, 'p99')})`, name)
}

/** What a function counted over all lanes and types: one metric, so that an alarm can watch it. An alarm takes no search. */
export function jobTotal(stage: Stage, name: MetricName, period: Duration): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: { service: stage.prefix },
    statistic: 'Sum',
    period,
  })
}

/** A search, because the metrics have dimensions for lane and type, and new types should appear without a deploy of this. */
function search(stage: Stage, name: MetricName, statistic: string): string {
  const which = `Namespace="${metricsNamespace}" MetricName="${name}" service="${stage.prefix}"`
  return `SEARCH('${which}', '${statistic}', 60)`
}

function over(expression: string, label: string): MathExpression {
  return new MathExpression({ expression, label, period: Duration.minutes(1), usingMetrics: {} })
}
