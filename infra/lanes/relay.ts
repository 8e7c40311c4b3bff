import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping, type IEventSourceDlq, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../../shared/lib/names.ts'
import type { Grant } from '../access/grant.ts'
import { orderedRelayGrants, relayGrants, sendTimersGrant } from '../access/grants.ts'
import { lanesEnvironment, queuesEnvironment, timersEnvironment } from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import { FailureQueue, type LaneQueues } from './queues.ts'
import { allButLanes, onlyLanes, type StreamFilter } from './stream-filter.ts'

export interface RelayProps {
  readonly lanes: readonly LaneQueues[]
  /** Queue of the timers of ordered lanes. `undefined` without ordered lanes. */
  readonly timers: IQueue | undefined
}

/** How both relays read the stream. docs/maintainers/architecture.md has the limits of AWS. */
export const streamSettings = {
  /** Records per invocation. One invocation sends ten SQS batches in parallel; a larger batch only repeats more after a failure. */
  batchSize: 100,
  /** Batching window in seconds. A window would save invocations and delay every job. */
  windowSeconds: 0,
  /**
   * Invocations per shard at the same time. A shard takes at most 1,000 writes a second, and one invocation forwards 100
   * in well under 400 ms. So four keep up with any shard; more would take concurrency from the consumers.
   */
  parallelization: 4,
  /** The largest limited number that AWS allows: the age of the record should end the retries while SQS is unavailable. */
  retryAttempts: 10_000,
  /**
   * Age in hours after which Lambda gives up a record. A shorter outage of SQS loses nothing and needs no operator. The
   * stream keeps a record for 24 hours; in the rest of that time a person can read what the failure queue points to. The
   * outbox item stays, so its job can still be sent.
   */
  recordAgeHours: 20,
} as const

interface Reader {
  readonly name: 'relay' | 'relay-ordered'
  readonly lanes: readonly LaneQueues[]
  readonly filters: readonly StreamFilter[]
  readonly parallelization: number
  readonly environment: Readonly<Record<string, string>>
  readonly grants: readonly Grant[]
}

/**
 * From the stream to the queues. One function serves the ordered lanes, one record after the other; the other function
 * serves all other lanes in parallel. A stream supports no more than two readers per shard.
 */
export class Relay extends Construct {
  /** Records that the relay cannot forward, and notes of Lambda about batches that no relay could take. */
  readonly failures: FailureQueue
  readonly functions: readonly OutboxFunction[]

  constructor(scope: Construct, id: string, context: OutboxContext, { lanes, timers }: RelayProps) {
    super(scope, id)
    this.failures = new FailureQueue(this, 'Failures', context, 'relay-failures')
    const ordered = lanes.filter(({ isOrdered }) => isOrdered)
    const standard = lanes.filter(({ isOrdered }) => !isOrdered)
    const orderedNames = ordered.map(({ lane }) => lane.name)
    const readers: Reader[] = [
      {
        name: 'relay',
        lanes: standard,
        filters: allButLanes(orderedNames),
        parallelization: streamSettings.parallelization,
        ...(timers && context.hasDebouncedJobs
          ? { environment: timersEnvironment(timers), grants: [sendTimersGrant(timers.queueArn)] }
          : { environment: {}, grants: [] }),
      },
    ]
    if (ordered.length > 0 && timers)
      readers.push({
        name: 'relay-ordered',
        lanes: ordered,
        filters: onlyLanes(orderedNames),
        parallelization: 1,
        environment: { [env.outboxTable]: context.tables.names.outbox, ...timersEnvironment(timers) },
        grants: orderedRelayGrants(context.tables.arns, timers.queueArn),
      })
    this.functions = readers.map((reader) => this.#reader(reader, context))
    context.alarms.add(this, 'relay-failures', {
      metric: (options) => this.failures.metricApproximateNumberOfMessagesVisible(options),
    })
  }

  #reader(reader: Reader, context: OutboxContext): OutboxFunction {
    const { name, lanes, environment, grants } = reader
    const { tables, alarms } = context
    const fn = new OutboxFunction(this, name, context, {
      name,
      entry: name,
      // Long enough for the relay's own retries while every call to SQS hangs. A relay that is killed repeats its whole batch.
      timeoutSeconds: 60,
      memoryMb: 512,
      // A relay that fails or is throttled falls behind, and `relay-behind` shows it.
      alarmsOnErrors: false,
      environment: {
        ...lanesEnvironment(lanes),
        ...queuesEnvironment(this.failures),
        [env.relayFailuresUrl]: this.failures.queueUrl,
        ...environment,
      },
      grants: [...relayGrants(tables.arns, lanes, this.failures.queueArn), ...grants],
    })
    this.#readStream(fn, reader, tables.arns.outboxStream)
    alarms.add(fn, 'relay-behind', {
      values: { relay: name },
      metric: (options) => fn.lambda.metric('IteratorAge', options),
    })
    return fn
  }

  #readStream(fn: OutboxFunction, { filters, parallelization }: Reader, eventSourceArn: string): void {
    new EventSourceMapping(fn, 'Mapping', {
      target: fn.lambda,
      eventSourceArn,
      // From the oldest record: a new mapping must not skip what was written before it.
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

  /** Not `SqsDlq`, which would add a grant. The relay's own grants already allow it to send there. */
  #onFailure(): IEventSourceDlq {
    return { bind: () => ({ destination: this.failures.queueArn }) }
  }
}
