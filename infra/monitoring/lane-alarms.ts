import { Duration } from 'aws-cdk-lib'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { Alarms } from './alarms.ts'
import { functionAlarms } from './function-alarms.ts'

/** What can go wrong on a lane: jobs died, jobs wait too long, the consumer itself breaks. */
export function laneAlarms(construct: LaneConstruct, alarms: Alarms): void {
  const { lane, queues, consumer } = construct
  const everyMinute = { period: Duration.minutes(1), statistic: 'Maximum' }
  alarms.ring(construct, 'DeadLettersAlarm', {
    name: `${lane.name}-dead-letters`,
    metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible(everyMinute),
    says: `Jobs of the lane ${lane.name} failed on every attempt and wait for a person: read their errors, mend the cause, redrive them.`,
    runbook: 'dead-letters',
  })
  alarms.ring(construct, 'LateAlarm', {
    name: `${lane.name}-late`,
    metric: queues.queue.metricApproximateAgeOfOldestMessage(everyMinute),
    above: lane.lateAfterSeconds,
    periods: 3,
    says: `The oldest job of the lane ${lane.name} waits longer than ${lane.lateAfterSeconds} s: the consumer is too slow, broken or paused, or a job keeps failing.`,
    runbook: 'lane-late',
  })
  functionAlarms(consumer, alarms)
}
