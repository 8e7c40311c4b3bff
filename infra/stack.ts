import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { lanes } from '../app/lanes.ts'
import { lifetimes } from '../shared/lifetimes.ts'
import { Alarms } from './alarms.ts'
import { Api } from './api.ts'
import type { Stage } from './config.ts'
import { LaneConstruct } from './lane.ts'
import { mailNote } from './mail.ts'
import { Relay } from './relay.ts'
import { checkRules } from './rules.ts'
import { Tables } from './tables.ts'

export interface OutboxRelayStackProps extends StackProps {
  readonly stage: Stage
}

/** Everything of one stage. Read top to bottom, it is the way of a job: table, lane, relay, API. */
export class OutboxRelayStack extends Stack {
  constructor(scope: Construct, id: string, props: OutboxRelayStackProps) {
    super(scope, id, props)
    const { stage } = props
    checkRules({ lifetimes, lanes, jobs: [] })

    const alarms = new Alarms(this, 'Alarms', { stage })
    const tables = new Tables(this, 'Tables', { stage })
    const roads = lanes.map((lane) => new LaneConstruct(this, `Lane-${lane.name}`, { stage, lane, tables, alarms }))
    const queues = roads.map((road) => road.queues)
    const relay = new Relay(this, 'Relay', { stage, tables, lanes: queues, alarms })
    const api = new Api(this, 'Api', { stage, tables, lanes: queues, alarms })

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description })
    output('ApiUrl', api.httpApi.apiEndpoint, 'The HTTP API')
    output('Mail', mailNote(stage.config), 'Whether mails are sent')
    output('AlarmTopic', alarms.topic.topicArn, 'Alarms come here')
    output('RelayFailuresUrl', relay.failures.queueUrl, 'What the relay could not forward')
    for (const { lane, queue, deadLetters } of queues) {
      output(`Queue${lane.name}`, queue.queueUrl, `Jobs of the lane ${lane.name}`)
      output(`DeadLetters${lane.name}`, deadLetters.queueUrl, `Dead jobs of the lane ${lane.name}`)
    }
  }
}
