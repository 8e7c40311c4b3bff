import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { type MetricName, metricsNamespace } from '../../shared/lib/names.ts'
import type { Stage } from '../config/stage-config.ts'

/** Number of jobs of the stage that reached a status, over all lanes. */
export function jobCount(stage: Stage, name: MetricName): MathExpression {
  return over(`SUM(${search(stage, name, 'Sum')})`, name)
}

/** The slowest lane at the 99th percentile, in ms. */
export function jobLatency(stage: Stage, name: MetricName): MathExpression {
  return over(`MAX(${search(stage, name, 'p99')})`, name)
}

/** Total over all lanes and types. It is one metric, so that an alarm can watch it; an alarm does not accept a search. */
export function jobTotal(stage: Stage, metricName: MetricName, options: MetricOptions): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName,
    dimensionsMap: { service: stage.prefix },
    ...options,
  })
}

/** Total of one lane, over all types. */
export function laneMetric(stage: Stage, lane: string, metricName: MetricName, options: MetricOptions): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName,
    dimensionsMap: { service: stage.prefix, lane },
    ...options,
  })
}

/**
 * Searches the metrics of exactly these dimensions, which count each job once; other metrics count it again by lane and
 * type. A search does not grow with the number of lanes.
 */
function search(stage: Stage, name: MetricName, statistic: string): string {
  const which = `{${metricsNamespace},lane,service} MetricName="${name}" service="${stage.prefix}"`
  return `SEARCH('${which}', '${statistic}', 60)`
}

function over(expression: string, label: string): MathExpression {
  return new MathExpression({ expression, label, period: Duration.minutes(1), usingMetrics: {} })
}
