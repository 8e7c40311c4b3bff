import { Duration, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import { removalOf } from '../config/removal.ts'
import type { Stage } from '../config/stage-config.ts'
import { sweepSeconds } from './sweeper.ts'

/**
 * The queue of timers that release jobs of ordered lanes, and debounced jobs. A timer is a message that SQS delays until the second before
 * the release. If a timer is lost, the sweep of the next minute releases its jobs.
 */
export class TimersQueue extends Queue {
  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id, {
      queueName: resourceName(stage, 'release-timers'),
      removalPolicy: removalOf(stage),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Lambda refuses a visibility timeout that is shorter than the function's timeout.
      visibilityTimeout: Duration.seconds(sweepSeconds),
      // By then several sweeps have released the jobs of a failed timer.
      retentionPeriod: Duration.minutes(10),
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'A failed timer needs no dead-letter queue: the sweep of the next minute releases its jobs, and the alarm on the sweeper’s errors goes into ALARM.',
    })
  }
}
