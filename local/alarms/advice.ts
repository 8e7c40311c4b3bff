import type { Alarm } from '../model.ts'

/** Uses whose result depends on how many datapoints CloudWatch fetches for an evaluation, which varies. A sum of several metrics is not among them. */
const VARYING = { MAX: /\bMAX\s*\(/, MIN: /\bMIN\s*\(/, 'SUM of one metric': /\bSUM\s*\([^[,]*\)/ }

/**
 * What CloudWatch's documentation advises against in an alarm's metric math, one line each. CloudWatch takes such an alarm,
 * and so does the local stack; but on AWS it may stay in one state, which nobody notices here.
 */
export function adviceAgainst({ metrics, evaluationPeriods, datapointsToAlarm }: Alarm): string[] {
  const text = metrics.map(({ expression = '' }) => expression).join('\n')
  const isFilled = /\bFILL\s*\(/.test(text) && datapointsToAlarm === evaluationPeriods
  const varying = Object.entries(VARYING).filter(([, pattern]) => pattern.test(text))
  return [
    ...(isFilled ? [FILL] : []),
    ...varying.map(
      ([name]) =>
        `${name} is not for alarms: CloudWatch evaluates more datapoints than the alarm has. Use + - * /, IF and comparisons`,
    ),
  ]
}

const FILL =
  'FILL gives the latest period its filler while metrics are late. Leave FILL out, or let M of N datapoints breach, M < N'
