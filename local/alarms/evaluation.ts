import type { MetricStore } from '../metrics.ts'
import type { Alarm } from '../model.ts'
import { parseExpression } from './expression.ts'
import type { Value } from './operands.ts'
import { statisticOf } from './statistics.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

type AlarmMetric = Alarm['metrics'][number]
type WindowValue = (from: number, to: number, metrics: MetricStore) => Value

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
}

export interface Evaluation {
  readonly state: AlarmState
  readonly reason: string
}

/** When the most recent period ends, ms since the epoch. The others lie before it. */
export type PeriodEnd = (now: number) => number

/** Now: a person sees an alarm go on and off within seconds. */
export const slidingPeriods: PeriodEnd = (now) => now
/** With the last whole minute, as in CloudWatch. */
export const wholeMinutes: PeriodEnd = (now) => Math.floor(now / MINUTE) * MINUTE

const MINUTE = 60_000

/** Prepares an alarm for evaluation. Throws if it uses what is not evaluated here. */
export function compileAlarm(
  alarm: Alarm,
  endOf: PeriodEnd = slidingPeriods,
): (metrics: MetricStore, now: number, current: AlarmState) => Evaluation {
  const { threshold, evaluationPeriods, datapointsToAlarm, treatMissingData } = alarm
  const breaches = COMPARISONS[alarm.comparison]
  if (!breaches)
    throw new Error(`The comparison ${alarm.comparison} is not evaluated here. Use one with a fixed threshold.`)
  const watched = alarm.metrics.find(({ returnData }) => returnData) ?? alarm.metrics[0]
  if (!watched) throw new Error('It watches no metric. Give it one.')
  const datapoint = windowValue(watched, alarm.metrics)
  const periodMs = periodOf(alarm) * 1000

  return (metrics, now, current) => {
    const end = endOf(now)
    const values = Array.from({ length: evaluationPeriods }, (_, i) =>
      datapoint(end - (i + 1) * periodMs, end - i * periodMs, metrics),
    )
    const present = values.filter((value) => value !== undefined)
    const breaching = present.filter((value) => breaches(value, threshold)).length
    const missing = evaluationPeriods - present.length
    const wanted = `${alarm.comparison} ${threshold}, ${datapointsToAlarm} of ${evaluationPeriods} periods of ${periodMs / 1000} s`
    const shown = `latest datapoints ${values.map((value) => value ?? '–').join(', ')} (${wanted})`
    const state = decide({ breaching, missing, present: present.length, datapointsToAlarm, treatMissingData, current })
    return { state, reason: `${REASONS[state]}: ${shown}` }
  }
}

const REASONS: Readonly<Record<AlarmState, string>> = {
  ALARM: 'Threshold crossed',
  OK: 'Threshold not crossed',
  INSUFFICIENT_DATA: 'Not enough data',
}

/** How far back an alarm looks at most, ms: its periods may end a minute ago. */
export function alarmWindowMs(alarm: Alarm): number {
  return periodOf(alarm) * alarm.evaluationPeriods * 1000 + MINUTE
}

function periodOf({ metrics }: Alarm): number {
  return Math.max(...metrics.map(({ periodSeconds }) => periodSeconds))
}

function decide(facts: {
  breaching: number
  missing: number
  present: number
  datapointsToAlarm: number
  treatMissingData: Alarm['treatMissingData']
  current: AlarmState
}): AlarmState {
  const { breaching, missing, present, datapointsToAlarm, treatMissingData, current } = facts
  if (breaching >= datapointsToAlarm) return 'ALARM'
  if (treatMissingData === 'breaching') return breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK'
  if (present > 0 || treatMissingData === 'notBreaching') return 'OK'
  return treatMissingData === 'ignore' ? current : 'INSUFFICIENT_DATA'
}

function windowValue(metric: AlarmMetric, all: readonly AlarmMetric[]): WindowValue {
  if (metric.expression === undefined) return seriesValue(metric)
  const expression = parseExpression(metric.expression)
  const others = all.filter(({ id }) => id !== metric.id)
  const parts = others
    .filter(({ id }) => new RegExp(`\\b${id}\\b`).test(metric.expression ?? ''))
    .map((other) => [other.id, windowValue(other, others)] as const)
  return (from, to, metrics) =>
    expression(Object.fromEntries(parts.map(([id, datapoint]) => [id, datapoint(from, to, metrics)])))
}

/** How full a queue is is a state, not a flow: of each period its last sample counts, so an emptied queue shows at once. */
function seriesValue({ namespace = '', metricName = '', dimensions, statistic }: AlarmMetric): WindowValue {
  const series = { namespace, name: metricName, dimensions }
  const combine = statisticOf(statistic)
  const isState = namespace === 'AWS/SQS' && metricName.startsWith('Approximate')
  return (from, to, metrics) => {
    const measured = metrics.query(series, from, to)
    return combine(isState ? measured.slice(-1) : measured)
  }
}
