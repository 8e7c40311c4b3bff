import { Stack } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Lane } from '../../shared/define/lane.ts'
import { env } from '../../shared/lib/names.ts'
import { consumerGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import { lanesEnvironment, probesEnvironment, tablesEnvironment, webhooksEnvironment } from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import { acknowledgeMail, mailEnvironment, mailGrants } from '../mail.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { laneAlarms } from '../monitoring/lane-alarms.ts'
import type { SecretsKey } from '../storage/secrets-key.ts'
import type { Tables } from '../storage/tables.ts'
import { LaneQueues } from './queues.ts'

export interface LaneProps {
  readonly stage: Stage
  readonly lane: Lane
  readonly tables: Tables
  readonly secrets: SecretsKey
  readonly alarms: Alarms
}

/** A lane: queue, dead-letter queue, consumer, the mapping between them, and the alarms over all of it. */
export class LaneConstruct extends Construct {
  readonly lane: Lane
  readonly queues: LaneQueues
  readonly consumer: OutboxFunction
  /** Between queue and consumer; disabled while an operator pauses the lane. */
  readonly mapping: EventSourceMapping

  constructor(scope: Construct, id: string, props: LaneProps) {
    super(scope, id)
    const { stage, lane, tables, secrets } = props
    this.lane = lane
    this.queues = new LaneQueues(this, 'Queues', { stage, lane })
    this.consumer = new OutboxFunction(this, 'Consumer', {
      stage,
      name: `consume-${lane.name}`,
      entry: 'consume',
      timeoutSeconds: lane.timeoutSeconds,
      memoryMb: lane.memoryMb,
      environment: {
        ...tablesEnvironment(tables),
        [env.lanes]: lanesEnvironment(this, [this.queues]),
        ...mailEnvironment(stage.config),
        ...probesEnvironment(stage),
        ...webhooksEnvironment(stage),
        ...secrets.environment,
      },
      grants: [
        ...consumerGrants(tables, this.queues),
        ...mailGrants(Stack.of(this), stage.config),
        ...secrets.openGrants,
      ],
    })
    acknowledgeMail(this.consumer, stage.config)
    this.mapping = this.#takeFromQueue()
    laneAlarms(this, props.alarms)
  }

  /** Not `SqsEventSource`: that would add grants of its own to the consumer's role. */
  #takeFromQueue(): EventSourceMapping {
    return new EventSourceMapping(this, 'Mapping', {
      target: this.consumer.lambda,
      eventSourceArn: this.queues.queue.queueArn,
      batchSize: this.lane.batchSize,
      maxConcurrency: this.lane.maximumConcurrency,
      // Without it one failed message would bring back its whole batch.
      reportBatchItemFailures: true,
      // No batching window: jobs are not made to wait, and a FIFO queue takes none at all.
    })
  }
}
