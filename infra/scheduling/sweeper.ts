import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { sweepGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import { probesEnvironment, tablesEnvironment, timersEnvironment } from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { functionAlarms } from '../monitoring/function-alarms.ts'
import type { Tables } from '../storage/tables.ts'
import type { Delivery, Scheduler } from './scheduler.ts'

export interface SweeperProps {
  readonly stage: Stage
  readonly tables: Tables
  /** Brings timers back when a job of an ordered lane is to be released. @default - no lane is ordered */
  readonly timers: IQueue | undefined
  readonly scheduler: Scheduler
  readonly alarms: Alarms
}

/** A sweep that cannot begin within its minute is not made up for, nor kept: the next one does its work. */
export const sweepDelivery: Delivery = { maximumEventAgeSeconds: 60, maximumRetries: 3, keepFailed: false }

/** Longest run of a sweep: the next one has begun then. */
export const sweepSeconds = 75

/**
 * Releases jobs when their time comes. Its concurrency is not reserved: of two sweeps at a time only one releases a job,
 * and a reservation would take from what the account has for all its functions.
 */
export class Sweeper extends Construct {
  readonly fn: OutboxFunction

  constructor(scope: Construct, id: string, { stage, tables, timers, scheduler, alarms }: SweeperProps) {
    super(scope, id)
    this.fn = new OutboxFunction(this, 'Sweep', {
      stage,
      name: 'sweep',
      entry: 'sweep',
      timeoutSeconds: sweepSeconds,
      memoryMb: 256,
      environment: {
        ...tablesEnvironment(tables),
        ...timersEnvironment(timers),
        ...probesEnvironment(stage),
      },
      grants: sweepGrants(tables, timers),
    })
    scheduler.call({
      name: 'sweep',
      description: 'Releases jobs to their lanes when their time comes',
      expression: 'rate(1 minute)',
      target: this.fn,
      delivery: sweepDelivery,
    })
    if (timers) this.#takeTimers(timers)
    functionAlarms(this.fn, alarms)
    this.#silenceAlarm(alarms)
  }

  /** Each timer as soon as it comes: it is there for its second. */
  #takeTimers(timers: IQueue) {
    new EventSourceMapping(this.fn, 'Timers', {
      target: this.fn.lambda,
      eventSourceArn: timers.queueArn,
      batchSize: 10,
      // What a backlog of timers may take from the account's concurrency; the sweep of the next minute helps with the rest.
      maxConcurrency: 20,
    })
  }

  /** Errors tell of sweeps that fail; nothing but this tells of a schedule that somebody switched off. */
  #silenceAlarm(alarms: Alarms) {
    alarms.ring(this, 'SilenceAlarm', {
      name: 'sweep-silent',
      metric: this.fn.lambda.metricInvocations({ period: Duration.minutes(1), statistic: 'Sum' }),
      below: 1,
      periods: 5,
      says: 'The sweeper has not run for five minutes: no job that waits for a later time starts; see whether its schedule is switched off.',
      runbook: 'sweep-silent',
    })
  }
}
