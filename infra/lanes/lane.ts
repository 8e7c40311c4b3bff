import { ArnFormat, Stack } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Lane } from '../../shared/define/lane.ts'
import { consumerName, env, resourceName } from '../../shared/lib/names.ts'
import { putOffGrant, takeKeyGrant } from '../access/grant.ts'
import { consumerGrants, type Switches } from '../access/grants.ts'
import { probesEnvironment, queuesEnvironment, tablesEnvironment, webhooksEnvironment } from '../config/environment.ts'
import { acknowledgeMail, mailEnvironment, mailGrants } from '../config/mail.ts'
import type { Stage } from '../config/stage-config.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import { LaneQueues } from './queues.ts'

/** A lane: its queue, dead-letter queue and consumer, the mapping from queue to consumer, and their alarms. */
export class LaneConstruct extends Construct {
  readonly lane: Lane
  readonly queues: LaneQueues
  readonly consumer: OutboxFunction
  readonly mappingId: string
  readonly mappingArn: string

  constructor(scope: Construct, id: string, context: OutboxContext, lane: Lane) {
    super(scope, id)
    this.lane = lane
    this.queues = new LaneQueues(this, 'Queues', context, lane)
    this.consumer = this.#consumer(context)
    acknowledgeMail(this.consumer, context.stage.config)
    const mapping = this.#mapping()
    this.mappingId = mapping.eventSourceMappingId
    this.mappingArn = mapping.eventSourceMappingArn
    this.#addAlarms(context)
  }

  #consumer(context: OutboxContext): OutboxFunction {
    const { stage, tables, secrets } = context
    const { name, timeoutSeconds, memoryMb } = this.lane
    return new OutboxFunction(this, 'Consumer', context, {
      name: consumerName(name),
      entry: 'consume',
      timeoutSeconds,
      memoryMb,
      environment: {
        ...tablesEnvironment(tables),
        [env.lane]: name,
        ...queuesEnvironment(context.scheduler.failures),
        ...mailEnvironment(stage.config),
        ...probesEnvironment(stage),
        ...webhooksEnvironment(stage),
        ...secrets.environment,
      },
      grants: [
        ...consumerGrants(tables.arns, this.queues),
        ...(context.hasUniqueJobs ? [takeKeyGrant(tables.arns)] : []),
        // The consumers of standard lanes may do so already.
        ...(context.hasDebouncedJobs && this.queues.isOrdered ? [putOffGrant(tables.arns)] : []),
        ...mailGrants(Stack.of(this), stage.config),
        ...secrets.openGrants,
      ],
    })
  }

  /** Not `SqsEventSource`, which adds grants of its own to the consumer's role. */
  #mapping(): EventSourceMapping {
    return new EventSourceMapping(this, 'Mapping', {
      target: this.consumer.lambda,
      eventSourceArn: this.queues.queueArn,
      batchSize: this.lane.batchSize,
      maxConcurrency: this.lane.maximumConcurrency,
      // Without it one failed message would bring back its whole batch.
      reportBatchItemFailures: true,
      // No batching window: it would delay jobs, and a FIFO queue does not support it.
    })
  }

  #addAlarms({ alarms }: OutboxContext): void {
    const { queue, deadLetters } = this.queues
    const { name, lateAfterSeconds } = this.lane
    alarms.add(this, 'dead-letters', {
      values: { lane: name },
      metric: (options) => deadLetters.metricApproximateNumberOfMessagesVisible(options),
    })
    alarms.add(this, 'lane-late', {
      values: { lane: name, lateAfterSeconds },
      metric: (options) => queue.metricApproximateAgeOfOldestMessage(options),
    })
  }
}

/** What a function needs to know of lanes that it pauses and resumes. */
export function switchesOf(scope: Construct, stage: Stage, lanes: readonly LaneConstruct[]): Switches {
  return {
    mappings: lanes.map(({ mappingArn }) => mappingArn),
    // A pattern: a list of the consumers of many lanes would not fit into the policy.
    consumers: Stack.of(scope).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: resourceName(stage, consumerName('*')),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  }
}
