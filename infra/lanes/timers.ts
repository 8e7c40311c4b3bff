import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'
import { sweepSeconds } from '../scheduling/sweeper.ts'

/**
 * Timers that release jobs of ordered lanes: messages that SQS delays until the second before. Nothing is lost with one:
 * the sweep of the next minute releases what is late.
 */
export class TimersQueue extends Queue {
  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id, {
      queueName: resourceName(stage, 'release-timers'),
      removalPolicy: stage.config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // SQS asks for no less than the function may take.
      visibilityTimeout: Duration.seconds(sweepSeconds),
      // By then several sweeps have done what a timer that failed should have done.
      retentionPeriod: Duration.minutes(10),
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'A timer that fails needs no dead-letter queue: the sweep of the next minute releases its jobs, and the alarm on the errors of the sweeper rings.',
    })
  }
}
