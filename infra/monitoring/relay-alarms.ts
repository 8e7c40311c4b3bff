import { Duration } from 'aws-cdk-lib'
import type { OutboxFunction } from '../function.ts'
import type { Relay } from '../lanes/relay.ts'
import type { Alarms } from './alarms.ts'
import { functionAlarms } from './function-alarms.ts'

export function relayFailuresAlarm(relay: Relay, alarms: Alarms): void {
  alarms.ring(relay, 'FailuresAlarm', {
    name: 'relay-failures',
    metric: relay.failures.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1),
      statistic: 'Maximum',
    }),
    says: 'The relay could not forward outbox items: they are malformed, or SQS refused them for hours; read the messages of the queue relay-failures.',
    runbook: 'relay-failures',
  })
}

export function relayAlarms(fn: OutboxFunction, alarms: Alarms): void {
  alarms.ring(fn, 'IteratorAgeAlarm', {
    name: `${fn.name}-iterator-age`,
    metric: fn.lambda.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' }),
    // Milliseconds. Seconds are normal; the stream forgets after 24 h.
    above: 60_000,
    periods: 3,
    says: `The function ${fn.name} is more than a minute behind the outbox: jobs start late; see what it fails on, or whether SQS is down.`,
    runbook: 'relay-behind',
  })
  functionAlarms(fn, alarms)
}
