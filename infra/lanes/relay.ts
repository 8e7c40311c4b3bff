import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping, type IEventSourceDlq, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import { type Grant, orderedRelayGrants, relayGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import { lanesEnvironment, timersEnvironment } from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { relayAlarms, relayFailuresAlarm } from '../monitoring/relay-alarms.ts'
import type { Tables } from '../storage/tables.ts'
import { FailureQueue, type LaneQueues } from './queues.ts'
import { allButLanes, onlyLanes, type StreamFilter } from './stream-filter.ts'

export interface RelayProps {
  readonly stage: Stage
  readonly tables: Tables
  readonly lanes: readonly LaneQueues[]
  /** For jobs of ordered lanes that wait. @default - no lane is ordered */
  readonly timers: IQueue | undefined
  readonly alarms: Alarms
}

/** How both relays read the stream. Numbers with their reasons; AWS's limits in docs/maintainers/architecture.md. */
export const streamSettings = {
  /** One invocation sends ten SQS batches side by side; more would only make a failed one repeat more. */
  batchSize: 100,
  /** A job goes on as soon as it is seen. Waiting for a fuller batch would save invocations and cost every job latency. */
  windowSeconds: 0,
  /**
   * Invocations per shard. A shard takes 1,000 writes a second at most, and one invocation forwards 100 in well under
   * 400 ms; so four keep up with any shard, and more would only take concurrency from the consumers.
   */
  parallelization: 4,
  /** AWS's largest bounded number, because the age below is what should end the trying while SQS is down. */
  retryAttempts: 10_000,
  /**
   * An outage of SQS shorter than this loses no time and needs no hand. The stream itself forgets after 24 h: the rest is
   * for a person to read what the failure queue points to. The outbox item stays, and so can always be sent again.
   */
  recordAgeHours: 20,
} as const

/**
 * Stream → queues. Two readers, which is as many as a shard serves well: ordered lanes go one after the other, all
 * else side by side.
 */
export class Relay extends Construct {
  /** What the relay cannot forward, and from Lambda the address of what the relay never could take. */
  readonly failures: FailureQueue
  readonly functions: readonly OutboxFunction[]

  constructor(scope: Construct, id: string, props: RelayProps) {
    super(scope, id)
    this.failures = new FailureQueue(this, 'Failures', { stage: props.stage, name: 'relay-failures' })
    const ordered = props.lanes.filter(({ lane }) => lane.kind === 'ordered')
    const standard = props.lanes.filter(({ lane }) => lane.kind === 'standard')
    const orderedNames = ordered.map(({ lane }) => lane.name)

    const parallel = this.#relay('relay', standard, props, { environment: {}, grants: [] })
    this.#readStream(parallel, props, allButLanes(orderedNames), streamSettings.parallelization)
    this.functions = [parallel]
    const { tables, timers } = props
    if (ordered.length > 0 && timers) {
      const inOrder = this.#relay('relay-ordered', ordered, props, {
        environment: { [env.outboxTable]: tables.outbox.tableName, ...timersEnvironment(timers) },
        grants: orderedRelayGrants(tables, timers),
      })
      this.#readStream(inOrder, props, onlyLanes(orderedNames), 1)
      this.functions = [parallel, inOrder]
    }
    relayFailuresAlarm(this, props.alarms)
    for (const fn of this.functions) relayAlarms(fn, props.alarms)
  }

  #relay(
    name: 'relay' | 'relay-ordered',
    lanes: readonly LaneQueues[],
    { stage, tables }: RelayProps,
    own: { readonly environment: Readonly<Record<string, string>>; readonly grants: readonly Grant[] },
  ): OutboxFunction {
    return new OutboxFunction(this, name, {
      stage,
      name,
      entry: name,
      // Enough for the relay's own tries while every call to SQS hangs; a relay that is killed repeats its whole batch.
      timeoutSeconds: 60,
      memoryMb: 512,
      environment: {
        [env.lanes]: lanesEnvironment(this, lanes),
        [env.relayFailuresUrl]: this.failures.queueUrl,
        ...own.environment,
      },
      grants: [...relayGrants(tables, lanes, this.failures), ...own.grants],
    })
  }

  #readStream(fn: OutboxFunction, { tables }: RelayProps, filters: readonly StreamFilter[], parallelization: number) {
    new EventSourceMapping(fn, 'Mapping', {
      target: fn.lambda,
      eventSourceArn: tables.outbox.tableStreamArn!,
      // From the oldest record: a mapping made anew must not skip what was written before it.
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: filters.map((filter) => ({ pattern: JSON.stringify(filter) })),
      batchSize: streamSettings.batchSize,
      maxBatchingWindow: Duration.seconds(streamSettings.windowSeconds),
      parallelizationFactor: parallelization,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: streamSettings.retryAttempts,
      maxRecordAge: Duration.hours(streamSettings.recordAgeHours),
      onFailure: this.#onFailure(),
    })
  }

  /** Not `SqsDlq`: the relay's own grants already let it send there, and nothing more is needed. */
  #onFailure(): IEventSourceDlq {
    return { bind: () => ({ destination: this.failures.queueArn }) }
  }
}
