import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Lane } from '../../shared/define/lane.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { queueName, resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'

/**
 * How often SQS hands out a message before it moves it by itself. Only a backstop: the consumer counts attempts in the
 * effect, by job type, and moves what died, so this catches messages whose consumer never got that far. It must stay well
 * above the attempts of any type, or SQS would take jobs that still had attempts left; AWS asks for at least 5.
 *
 * On an ordered lane every retry at the head of a group also counts for those that wait behind it in the batch, though
 * they were not tried: there it is as high as SQS allows.
 */
export const maxReceiveCount = { standard: 50, ordered: 1_000 } as const

/** A message stays hidden for six times the consumer's timeout, as AWS asks: room for the retries of the mapping itself. */
export function visibilitySeconds(lane: Pick<Lane, 'timeoutSeconds'>): number {
  return 6 * lane.timeoutSeconds
}

/** The queue of a lane and its dead-letter queue. */
export class LaneQueues extends Construct {
  readonly lane: Lane
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly lane: Lane }) {
    super(scope, id)
    const { stage, lane } = props
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

  /** The two queues name each other; CloudFormation can create them only if one of the names is spelt out. */
  #byName(name: string) {
    return Queue.fromQueueAttributes(this, 'QueueByName', {
      queueArn: Stack.of(this).formatArn({ service: 'sqs', resource: name }),
      fifo: name.endsWith('.fifo'),
    })
  }
}

/** The end of the line for what could not be forwarded or delivered. */
export class FailureQueue extends Queue {
  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly name: string }) {
    super(scope, id, {
      ...secured(props.stage, 'standard'),
      queueName: resourceName(props.stage, props.name),
      retentionPeriod: Duration.seconds(lifetimes.deadLetterRetention),
      redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL },
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'This queue is the end of the line: people read it, nothing consumes it, an alarm rings while it holds anything.',
    })
  }
}

/** Encrypted at rest, reachable by TLS only. On FIFO the sender names its duplicates (the job id), so bodies need no hash. */
function secured({ config }: Stage, kind: Lane['kind']): QueueProps {
  return {
    // What is in a queue can be sent again from the outbox; but a dead letter is only here with its message.
    removalPolicy: config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    ...(kind === 'ordered' ? { fifo: true, contentBasedDeduplication: false } : {}),
  }
}
