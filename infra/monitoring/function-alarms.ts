import { Duration } from 'aws-cdk-lib'
import type { OutboxFunction } from '../function.ts'
import type { Alarms } from './alarms.ts'

/** Functions answer expected failures themselves, so a single error is a crash, a timeout, lack of memory or a bug. */
export function functionAlarms(fn: OutboxFunction, alarms: Alarms): void {
  const fiveMinutes = { period: Duration.minutes(5), statistic: 'Sum' }
  alarms.ring(fn, 'ErrorsAlarm', {
    name: `${fn.name}-errors`,
    metric: fn.lambda.metricErrors(fiveMinutes),
    says: `The function ${fn.name} crashed, timed out or ran out of memory: look for the cause in its log; what it held is tried again.`,
    runbook: 'function-errors',
  })
  alarms.ring(fn, 'ThrottlesAlarm', {
    name: `${fn.name}-throttles`,
    metric: fn.lambda.metricThrottles(fiveMinutes),
    says: `Lambda refused to start ${fn.name}: the account is out of concurrency; raise the quota or find who uses it up.`,
    runbook: 'function-throttles',
  })
}
