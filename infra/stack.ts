import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import application from '../app/application.ts'
import { ownModule } from './config/paths.ts'
import type { StageSettings } from './config/stage-config.ts'
import { OutboxRelay } from './outbox-relay.ts'

export interface OutboxRelayStackProps extends StackProps {
  readonly stage: StageSettings
}

/** The sample application in a stack of its own. */
export class OutboxRelayStack extends Stack {
  /** @throws ConfigError when the settings or the application are invalid */
  constructor(scope: Construct, id: string, { stage, ...props }: OutboxRelayStackProps) {
    super(scope, id, { ...props, terminationProtection: stage.config.keepData })
    // The CDK omits an id `Default` from logical ids.
    const outbox = new OutboxRelay(this, 'Default', {
      ...stage.config,
      stage: stage.name,
      name: stage.prefix,
      application,
      routes: ownModule('app', 'routes'),
    })
    outbox.addOutputs()
  }
}
