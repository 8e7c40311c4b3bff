import { lanes } from '../../../../app/lanes.ts'
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

/** What a month costs: the jobs, the data that is kept of them, and what is there without any. */
export function monthly(metered: Metered, load: Load) {
  const jobsPerMonth = load.jobsPerSecond * secondsPerMonth
  const keptDays = (bytes: number, lifetime: number) => (bytes + itemOverhead) * (lifetime / secondsPerDay)
  const kept = keptDays(load.size * 1024, lifetimes.outbox) + keptDays(metered.effect, lifetimes.effect)
  const gb = (load.jobsPerSecond * secondsPerDay * kept) / GB
  return {
    jobsPerMonth,
    usdPerMonth: sumOf(bill(metered, load)) * (jobsPerMonth / 1_000_000),
    keptUsdPerMonth: usdOf('dynamodbStorage', gb) + usdOf('dynamodbRestore', gb),
    idleUsdPerMonth: idle(metered).reduce(
      (sum, { item, times, perLane }) => sum + usdOf(item, times * (perLane ? lanes.length : 1)),
      0,
    ),
  }
}

const minutes = secondsPerMonth / 60

interface Idle {
  readonly item: PricedItem
  readonly times: number
  readonly perLane?: boolean
}

/** What a stack asks for when nobody asks for anything, a month. Alarms, custom metrics and keys come beside it. */
const idle = ({ quietDay }: Metered): readonly Idle[] => [
  // Lambda keeps five long polls of 20 s open at each queue.
  { item: 'sqsStandard', times: (5 * secondsPerMonth) / 20, perLane: true },
  // One more, that of the timers.
  { item: 'sqsStandard', times: (5 * secondsPerMonth) / 20 },
  // The sweeper, every minute for some 50 ms, looks into four partitions of its index.
  { item: 'scheduler', times: minutes },
  { item: 'lambdaRequest', times: minutes },
  { item: 'lambdaCompute', times: minutes * 0.25 * 0.05 },
  { item: 'dynamodbRead', times: minutes * 4 * 0.5 },
  // The reconciler, every hour.
  { item: 'scheduler', times: days * 24 },
  { item: 'lambdaRequest', times: days * 24 },
  { item: 'lambdaCompute', times: days * gbSeconds('reconciler', quietDay.cpuMs, 24 * awsMs.page) },
  { item: 'dynamodbRead', times: days * quietDay.readUnits },
]
