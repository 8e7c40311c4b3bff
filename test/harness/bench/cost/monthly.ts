import { lanes } from '../../../../app/lanes.ts'
import { relayLagSeries } from '../../../../functions/aws/series.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import { type PricedItem, usdOf } from '../../../../shared/lib/prices.ts'
import type { Metered } from '../measure/meter.ts'
import { awsMs, bill, gbSeconds, type Load, sumOf } from './model.ts'

const secondsPerDay = 86_400
/** Of a month. */
const days = 30
const secondsPerMonth = days * secondsPerDay
const GB = 1024 ** 3
/** What DynamoDB adds to an item when it bills its storage, in bytes. */
const itemOverhead = 100

/** What a month costs: the jobs, the data that is kept of them, and what runs without any job. */
export function monthly(metered: Metered, load: Load) {
  const jobsPerMonth = load.jobsPerSecond * secondsPerMonth
  const keptDays = (bytes: number, lifetime: number) => (bytes + itemOverhead) * (lifetime / secondsPerDay)
  const kept = keptDays(load.size * 1024, lifetimes.outbox) + keptDays(metered.effect, lifetimes.effect)
  const gb = (load.jobsPerSecond * secondsPerDay * kept) / GB
  return {
    jobsPerMonth,
    usdPerMonth: sumOf(bill(metered, load)) * (jobsPerMonth / 1_000_000),
    keptUsdPerMonth: usdOf('dynamodbStorage', gb) + usdOf('dynamodbRestore', gb),
    idleUsdPerMonth: sumOf(idle(metered)),
  }
}

const minutes = secondsPerMonth / 60

/** One line of the bill of a stage to which nobody sends anything: USD a month. */
export interface IdleLine {
  readonly service: string
  readonly what: string
  readonly usd: number
}

/** Alarms of a lane: its dead letters, its delay, and the errors of its consumer. A circuit breaker reads three metrics. */
const laneAlarms = lanes.reduce((sum, { circuitBreaker }) => sum + 3 + (circuitBreaker ? 3 : 0), 0)
/**
 * Alarms of the stage: relay failures, schedule failures, two relays behind, silent sweeper, unrelayed jobs, API 5xx, and
 * errors of sweeper, reconciler and circuit breaker.
 */
const stageAlarms = 10
/** Metrics that the alarms of `prod` read. Every metric is billed. */
export const alarmMetrics = stageAlarms + laneAlarms

/** What `prod` costs a month when nobody asks for anything, line by line. Custom metrics and logs have no data then. */
export function idle({ quietDay }: Metered): IdleLine[] {
  // Lambda keeps five long polls of 20 s open at each queue.
  const polls = (5 * secondsPerMonth) / 20
  const fifo = lanes.filter(({ kind }) => kind === 'ordered').length
  const failureQueues = lanes.length + 2
  const hours = days * 24
  // Of an empty queue the reconciler reads how late its relay is, and not the age of its messages.
  const lagSeries = lanes.flatMap((lane) => relayLagSeries('any', lane, 60)).length
  const line = (service: string, what: string, item: PricedItem, quantity: number): IdleLine => ({
    service,
    what,
    usd: usdOf(item, quantity),
  })
  return [
    line('CloudWatch', 'alarms', 'cloudwatchAlarm', alarmMetrics),
    line('CloudWatch', 'dashboard, free if it is one of the first three of the account', 'cloudwatchDashboard', 1),
    line('CloudWatch', 'hourly reads of how late the relays are', 'cloudwatchGetMetricData', hours * lagSeries),
    line('KMS', 'key of the secrets', 'kmsKey', 1),
    line('SQS', 'polls of the standard lanes and of the timers', 'sqsStandard', polls * (lanes.length - fifo + 1)),
    line('SQS', 'polls of the ordered lanes', 'sqsFifo', polls * fifo),
    line(
      'SQS',
      'hourly requests that count the messages of the lanes, and keep the metrics of failure queues alive',
      'sqsStandard',
      hours * (lanes.length + failureQueues),
    ),
    // Every minute for some 50 ms; it looks into four partitions of its index.
    line('Scheduler', 'sweeper and reconciler', 'scheduler', minutes + hours),
    line('Lambda', 'sweeper and reconciler', 'lambdaRequest', minutes + hours),
    line('Lambda', 'sweeper', 'lambdaCompute', minutes * 0.25 * 0.05),
    line('Lambda', 'reconciler', 'lambdaCompute', days * gbSeconds('reconciler', quietDay.cpuMs, 24 * awsMs.page)),
    line('DynamoDB', 'sweeper', 'dynamodbRead', minutes * 4 * 0.5),
    line('DynamoDB', 'reconciler', 'dynamodbRead', days * quietDay.readUnits),
  ]
}
