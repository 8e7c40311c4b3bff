import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { sweepGrants } from '../access/grants.ts'
import { probesEnvironment, tablesEnvironment, timersEnvironment } from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import type { Delivery } from './scheduler.ts'

/** A sweep that cannot begin within its minute is dropped, because the next sweep does its work. */
export const sweepDelivery: Delivery = { maximumEventAgeSeconds: 60, maximumRetries: 3, keepFailed: false }

/** Longest run of a sweep in seconds. The next sweep has begun then. */
export const sweepSeconds = 75

/**
 * Releases jobs when their time comes. It has no reserved concurrency, which would take from all functions of the account:
 * if two sweeps run at the same time, only one of them releases a job.
 */
export class Sweeper extends Construct {
  readonly fn: OutboxFunction

  /** @param timers queue that delivers release times to the second; `undefined` without ordered lanes and debounced jobs */
  constructor(scope: Construct, id: string, context: OutboxContext, timers: IQueue | undefined) {
    super(scope, id)
    const { stage, tables, scheduler, alarms } = context
    this.fn = new OutboxFunction(this, 'Sweep', context, {
      name: 'sweep',
      entry: 'sweep',
      // The next sweep does the work of one that is late or failed.
      asyncInvoke: { maximumEventAgeSeconds: 60, retries: 0 },
      timeoutSeconds: sweepSeconds,
      memoryMb: 256,
      environment: {
        ...tablesEnvironment(tables),
        ...timersEnvironment(timers),
        ...probesEnvironment(stage),
      },
      grants: sweepGrants(tables.arns, timers?.queueArn),
    })
    scheduler.call({
      name: 'sweep',
      description: 'Releases jobs to their lanes when their time comes',
      expression: 'rate(1 minute)',
      target: this.fn.lambda,
      delivery: sweepDelivery,
    })
    if (timers) this.#receiveTimers(timers)
    // The alarm on errors shows failed sweeps. Only this alarm shows that the schedule is disabled.
    alarms.add(this, 'sweep-silent', { metric: (options) => this.fn.lambda.metricInvocations(options) })
  }

  /** Without a batching window: a timer comes in its second. */
  #receiveTimers(timers: IQueue): void {
    new EventSourceMapping(this.fn, 'Timers', {
      target: this.fn.lambda,
      eventSourceArn: timers.queueArn,
      batchSize: 10,
      // Limits what a backlog of timers takes from the account's concurrency. The sweep of the next minute does the rest.
      maxConcurrency: 20,
    })
  }
}
