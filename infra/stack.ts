import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import application from '../app/application.ts'
import type { Settings } from './config/config.ts'
import { OutboxRelay } from './outbox-relay.ts'
import { ownModule } from './paths.ts'

export interface OutboxRelayStackProps extends StackProps {
  readonly stage: Settings
}

/** The sample business as a stack of its own. */
export class OutboxRelayStack extends Stack {
  /** @throws ConfigError when parts of the system do not fit together */
  constructor(scope: Construct, id: string, { stage, ...props }: OutboxRelayStackProps) {
    super(scope, id, { ...props, terminationProtection: stage.config.keepData })
    // `Default` leaves no trace in logical ids: they are those of a stack that holds the parts itself.
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
