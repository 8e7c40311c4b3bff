/**
 * Every alarm of an outbox: its threshold, and what it means. Change a threshold here, except those of a lane:
 * `lateAfterSeconds` and `circuitBreaker` are in its definition (`app/lanes.ts`). An adopter can change only these two.
 *
 * The key of an alarm is the anchor of its section in docs/operations.md. A placeholder in `<>` stands for a value that
 * the construct gives when it adds the alarm: `<lane>-dead-letters` is `urgent-dead-letters` on the lane `urgent`.
 */
export interface AlarmDefinition {
  /** Name within the stage. */
  readonly name: string
  /** Id of the construct. It is a part of the alarm's logical id in the template. */
  readonly id: string
  /** Statistic of the metric over one period. */
  readonly statistic: 'Sum' | 'Maximum'
  /** Length of a period in seconds, a multiple of 60. */
  readonly periodSeconds: number | Placeholder
  /** The alarm is in ALARM while the metric is above this. Missing data is OK: an idle queue or function reports nothing. */
  readonly above?: number | Placeholder
  /**
   * The alarm is in ALARM while the metric is below this. If the stage is always on, missing data counts as below; then a
   * new stage may be in ALARM until CloudWatch has its first data.
   */
  readonly below?: number
  /** Number of periods that must be above or below. */
  readonly periods: number
  /** Number of the last periods that count. More than `periods` for a metric that comes late. @default - as `periods` */
  readonly outOf?: number
  /** What happened and what it means, for a person who was just woken. What to do stands in the runbook. */
  readonly description: string
}

export type Placeholder = `<${string}>`

export const alarms = {
  'dead-letters': {
    name: '<lane>-dead-letters',
    id: 'DeadLettersAlarm',
    statistic: 'Maximum',
    periodSeconds: 60,
    above: 0,
    periods: 1,
    description: 'Jobs of the lane <lane> failed permanently. They do not run again until an operator redrives them.',
  },
  'lane-late': {
    name: '<lane>-late',
    id: 'LateAlarm',
    statistic: 'Maximum',
    periodSeconds: 60,
    above: '<lateAfterSeconds>',
    periods: 3,
    description:
      'The oldest job of the lane <lane> has waited longer than <lateAfterSeconds> s. The consumer is slow, failing or paused. SQS does not count jobs that it has delivered three times or more.',
  },
  'circuit-breaker': {
    name: '<lane>-circuit-breaker',
    id: 'Alarm-<lane>',
    statistic: 'Sum',
    periodSeconds: '<withinSeconds>',
    above: 0,
    periods: 1,
    // The metrics are log lines of the consumers, which CloudWatch reads up to minutes later.
    outOf: 3,
    description:
      'The circuit breaker paused the lane <lane>, because <reason>. The jobs wait until an operator resumes the lane.',
  },
  // Functions handle expected failures themselves: one error is a crash, a timeout, lack of memory, or work that is left.
  'function-errors': {
    name: '<function>-errors',
    id: 'ErrorsAlarm',
    statistic: 'Sum',
    periodSeconds: 300,
    above: 0,
    periods: 1,
    description:
      'The function <function> failed, timed out or ran out of memory. Its work is tried again automatically; a caller of the API gets an error.',
  },
  'relay-failures': {
    name: 'relay-failures',
    id: 'FailuresAlarm',
    statistic: 'Maximum',
    periodSeconds: 60,
    above: 0,
    periods: 1,
    description:
      'The relay could not forward outbox items. The items are malformed or name an unknown lane, or SQS refused them for hours.',
  },
  'relay-behind': {
    name: '<relay>-iterator-age',
    id: 'IteratorAgeAlarm',
    statistic: 'Maximum',
    periodSeconds: 60,
    // Milliseconds. A few seconds are normal. The stream keeps a record for 24 hours.
    above: 60_000,
    periods: 3,
    description:
      'The function <relay> is more than a minute behind the outbox. Jobs start late, because the relay fails or SQS is unavailable.',
  },
  'api-5xx': {
    name: 'api-5xx',
    id: 'ServerErrorsAlarm',
    statistic: 'Sum',
    periodSeconds: 300,
    // One 503 tells the caller to try again, and the caller does. Several within five minutes are a fault.
    above: 4,
    periods: 1,
    description:
      'The API answered 5xx at least five times within five minutes. Callers are refused, because tables are throttled or because of a bug.',
  },
  unrelayed: {
    name: 'unrelayed',
    id: 'UnrelayedAlarm',
    statistic: 'Sum',
    periodSeconds: 300,
    above: 0,
    periods: 1,
    description:
      'The reconciler found jobs that have no message: the message was never sent, or it was lost. The reconciler sent these jobs again. It ends a job as dead if it could not send it for weeks, for example because its lane does not exist.',
  },
  'sweep-silent': {
    name: 'sweep-silent',
    id: 'SilenceAlarm',
    statistic: 'Sum',
    periodSeconds: 60,
    below: 1,
    periods: 5,
    description:
      'The sweeper has not run for five minutes. Jobs that wait for a later time do not start. If the account has no free concurrency, no job starts.',
  },
  'schedule-failures': {
    name: 'schedule-failures',
    id: 'FailuresAlarm',
    statistic: 'Maximum',
    periodSeconds: 60,
    above: 0,
    periods: 1,
    description:
      'EventBridge Scheduler could not deliver a scheduled run, or the function schedule failed on it. The job of that run does not exist.',
  },
} as const satisfies Readonly<Record<string, AlarmDefinition>>

/** Key of an alarm, and the anchor of its section in docs/operations.md. */
export type AlarmKey = keyof typeof alarms
