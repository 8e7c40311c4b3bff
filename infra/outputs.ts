import { CfnOutput, type Stack } from 'aws-cdk-lib'
import type { People } from './access/access-policies.ts'
import type { Api } from './api/api.ts'
import type { Stage } from './config/config.ts'
import type { LaneQueues } from './lanes/queues.ts'
import type { Relay } from './lanes/relay.ts'
import { mailNote } from './mail.ts'
import type { Alarms } from './monitoring/alarms.ts'
import type { Dashboard } from './monitoring/dashboard.ts'
import type { Scheduler } from './scheduling/scheduler.ts'

export interface OutputsProps {
  readonly stage: Stage
  readonly api: Api | undefined
  readonly lanes: readonly LaneQueues[]
  readonly relay: Relay
  readonly scheduler: Scheduler
  readonly alarms: Alarms
  readonly dashboard: Dashboard
  /** Absent where IAM does not decide who calls. */
  readonly people: People | undefined
}

/** What the person who deployed needs next, printed at the end of the deploy. */
export function addOutputs(stack: Stack, props: OutputsProps): void {
  const { stage, api, lanes, relay, scheduler, alarms, dashboard, people } = props
  const output = (name: string, value: string, description: string) =>
    new CfnOutput(stack, name, { value, description })
  if (api) output('ApiUrl', api.gateway.url, 'The HTTP API')
  output('Mail', mailNote(stage.config), 'Whether mails are sent')
  if (people) {
    output('ViewerPolicy', people.viewer.managedPolicyArn, 'Attach to those who may look')
    output('OperatorPolicy', people.operator.managedPolicyArn, 'Attach to those who may act')
  }
  output('DashboardName', dashboard.name, 'The CloudWatch dashboard')
  output('AlarmTopic', alarms.topic.topicArn, 'Alarms come here; subscribe with -c alarmEmail=<address>')
  output('RelayFailuresUrl', relay.failures.queueUrl, 'Queue of what the relay could not forward')
  output('ScheduleFailuresUrl', scheduler.failures.queueUrl, 'Queue of ticks that could not be delivered')
  for (const { lane, queue, deadLetters } of lanes) {
    const name = pascal(lane.name)
    output(`${name}QueueUrl`, queue.queueUrl, `Queue of the lane ${lane.name}`)
    output(`${name}DeadLetterUrl`, deadLetters.queueUrl, `Dead-letter queue of the lane ${lane.name}`)
  }
}

/** Names of outputs take letters and digits only. */
function pascal(name: string): string {
  return name.replace(/(?:^|-+)([a-z0-9]|$)/g, (_, letter: string) => letter.toUpperCase())
}
