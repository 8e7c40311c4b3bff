import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Lane } from '../../shared/define/lane.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { queueName, resourceName } from '../../shared/lib/names.ts'
import { removalOf } from '../config/removal.ts'
import type { Stage } from '../config/stage-config.ts'

/**
 * Receives of a message after which SQS moves it to the dead-letter queue. This is a last resort for messages whose
 * consumer cannot start: the consumer itself counts attempts in the effect and sends dead letters. The number must stay
 * well above the attempts of any job type, or SQS would move jobs that have attempts left. AWS asks for at least 5.
 *
 * On an ordered lane each retry at the head of a group also counts as a receive of the messages behind it in the batch.
 * So the number is the highest that SQS allows.
 */
export const maxReceiveCount = { standard: 50, ordered: 1_000 } as const

/** Visibility timeout in seconds: six times the consumer's timeout, as AWS asks, for the retries of the mapping itself. */
export function visibilitySeconds(lane: Pick<Lane, 'timeoutSeconds'>): number {
  return 6 * lane.timeoutSeconds
}

/** The queue of a lane and its dead-letter queue. */
export class LaneQueues extends Construct {
  readonly lane: Lane
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }, lane: Lane) {
    super(scope, id)
    this.lane = lane
    const name = queueName(stage, lane)
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...secured(stage, lane.kind),
      queueName: queueName(stage, lane, '-dlq'),
      retentionPeriod: Duration.seconds(lifetimes.deadLetterRetention),
      redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [this.#byName(name)] },
    })
    this.queue = new Queue(this, 'Queue', {
      ...secured(stage, lane.kind),
      queueName: name,
      retentionPeriod: Duration.seconds(lifetimes.queueRetention),
      visibilityTimeout: Duration.seconds(visibilitySeconds(lane)),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceiveCount[lane.kind] },
    })
  }

  get queueUrl(): string {
    return this.queue.queueUrl
  }

  get queueArn(): string {
    return this.queue.queueArn
  }

  get deadLetterUrl(): string {
    return this.deadLetters.queueUrl
  }

  get deadLetterArn(): string {
    return this.deadLetters.queueArn
  }

  get isOrdered(): boolean {
    return this.lane.kind === 'ordered'
  }

  /** The two queues refer to each other. CloudFormation can create them only if one refers by name. */
  #byName(name: string) {
    return Queue.fromQueueAttributes(this, 'QueueByName', {
      queueArn: Stack.of(this).formatArn({ service: 'sqs', resource: name }),
      fifo: name.endsWith('.fifo'),
    })
  }
}

/** A queue of failed outbox items or scheduled runs, which only people read. */
export class FailureQueue extends Queue {
  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }, name: string) {
    super(scope, id, {
      ...secured(stage, 'standard'),
      queueName: resourceName(stage, name),
      retentionPeriod: Duration.seconds(lifetimes.deadLetterRetention),
      redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL },
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'Only people read this queue, no function consumes it, and an alarm is in ALARM while it holds a message.',
    })
  }
}

/** Encrypted at rest, reachable over TLS only. On FIFO the sender sets the deduplication id, so SQS need not hash bodies. */
function secured({ config }: Stage, kind: Lane['kind']): QueueProps {
  return {
    // The outbox can send a lost message again, but the message of a dead letter exists only here.
    removalPolicy: removalOf({ config }),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    ...(kind === 'ordered' ? { fifo: true, contentBasedDeduplication: false } : {}),
  }
}
