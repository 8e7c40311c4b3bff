import { Duration } from 'aws-cdk-lib'
import type { Scheduler } from '../scheduling/scheduler.ts'
import type { Alarms } from './alarms.ts'

export function scheduleFailuresAlarm(scheduler: Scheduler, alarms: Alarms): void {
  alarms.ring(scheduler, 'FailuresAlarm', {
    name: 'schedule-failures',
    metric: scheduler.failures.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1),
      statistic: 'Maximum',
    }),
    says: 'Scheduled jobs were not started, because their ticks could not be delivered or their function failed on them: the queue schedule-failures says why; invoke the function `schedule` with each message’s body.',
    runbook: 'schedule-failures',
  })
}
