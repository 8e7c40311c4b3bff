import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type MetricName, metricsNamespace } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'

/** How many jobs of the stage came to a point of their way, over all lanes. */
export function jobCount(stage: Stage, name: MetricName): MathExpression {
  return over(`SUM(${search(stage, name, 'Sum')})`, name)
}

/** The slowest lane at the 99th percentile, in ms. */
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

/** What a lane's jobs counted, over all types. */
export function laneMetric(stage: Stage, lane: string, name: MetricName, period: Duration): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: { service: stage.prefix, lane },
    statistic: 'Sum',
    period,
  })
}

/**
 * The metrics of exactly these dimensions, and so each job once: by lane and type it is counted again. A search, so that
 * the expression does not grow with the lanes.
 */
function search(stage: Stage, name: MetricName, statistic: string): string {
  const which = `{${metricsNamespace},lane,service} MetricName="${name}" service="${stage.prefix}"`
  return `SEARCH('${which}', '${statistic}', 60)`
}

function over(expression: string, label: string): MathExpression {
  return new MathExpression({ expression, label, period: Duration.minutes(1), usingMetrics: {} })
}
