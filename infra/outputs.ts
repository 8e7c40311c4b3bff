import { CfnOutput, type Stack } from 'aws-cdk-lib'
import type { AccessPolicies } from './access/access-policies.ts'
import type { Api } from './api/api.ts'
import { ConfigError } from './config/config-error.ts'
import { mailStatus } from './config/mail.ts'
import type { OutboxContext } from './context.ts'
import type { LaneConstruct } from './lanes/lane.ts'
import type { Relay } from './lanes/relay.ts'
import type { Dashboard } from './monitoring/dashboard.ts'

export interface OutputsProps {
  readonly api: Api | undefined
  readonly lanes: readonly LaneConstruct[]
  readonly relay: Relay
  readonly dashboard: Dashboard
  /** `undefined` without an API, or without IAM authorization. */
  readonly policies: AccessPolicies | undefined
}

/**
 * Adds the outputs of the stack. `cdk deploy` prints them, and `outbox --stack <name>` reads them.
 *
 * @throws ConfigError when the stack has those of another outbox
 */
export function addOutputs(stack: Stack, context: OutboxContext, props: OutputsProps): void {
  if (stack.node.tryFindChild('DashboardName'))
    throw new ConfigError(
      `stack ${stack.node.path} already has the outputs of an outbox: call addOutputs() of one outbox per stack, and reach the other with outbox --url`,
    )
  const { stage, alarms, scheduler } = context
  const { api, lanes, relay, dashboard, policies } = props
  const output = (name: string, value: string, description: string) =>
    new CfnOutput(stack, name, { value, description })
  if (api) output('ApiUrl', api.gateway.url, 'URL of the API')
  output('Mail', mailStatus(stage.config), 'Whether mails are sent')
  if (policies) {
    output('ViewerPolicy', policies.viewer.managedPolicyArn, 'Policy for people who view jobs')
    output('OperatorPolicy', policies.operator.managedPolicyArn, 'Policy for people who view and operate jobs')
  }
  output('DashboardName', dashboard.name, 'Name of the CloudWatch dashboard')
  output('AlarmTopic', alarms.topic.topicArn, 'Topic of the alarms; subscribe with -c alarmEmail=<address>')
  output('AlarmEmail', stage.config.alarmEmail ?? 'none', 'Address that gets the alarms')
  output('RelayFailuresUrl', relay.failures.queueUrl, 'Queue of outbox items that the relay could not forward')
  output('ScheduleFailuresUrl', scheduler.failures.queueUrl, 'Queue of scheduled runs that failed')
  for (const { lane, queues } of lanes) {
    const name = pascal(lane.name)
    output(`${name}QueueUrl`, queues.queueUrl, `Queue of the lane ${lane.name}`)
    output(`${name}DeadLetterUrl`, queues.deadLetterUrl, `Dead-letter queue of the lane ${lane.name}`)
  }
}

/** The name of an output may contain letters and digits only. */
function pascal(name: string): string {
  return name.replace(/(?:^|-+)([a-z0-9]|$)/g, (_, letter: string) => letter.toUpperCase())
}
