import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import type { Alarms } from './alarms.ts'
import type { Stage } from './config.ts'
import { lanesEnvironment, probesEnvironment, tablesEnvironment } from './environment.ts'
import { OutboxFunction } from './function.ts'
import { functionAlarms } from './function-alarms.ts'
import { sweepGrants } from './grants.ts'
import type { LaneQueues } from './queues.ts'
import type { Delivery, Scheduler } from './scheduler.ts'
import type { Tables } from './tables.ts'

export interface SweeperProps {
  readonly stage: Stage
  readonly tables: Tables
  readonly lanes: readonly LaneQueues[]
  readonly scheduler: Scheduler
  readonly alarms: Alarms
}

/** A sweep that cannot begin within its minute is not made up for, nor kept: the next one does its work. */
export const sweepDelivery: Delivery = { maximumEventAgeSeconds: 60, maximumRetries: 3, keepFailed: false }

/**
 * Sends jobs to their lanes when their time comes. Its concurrency is not reserved: two sweeps at a time only send a job
 * twice, which the effect guard ignores, and a reservation would take from what the account has for all its functions.
 */
export class Sweeper extends Construct {
  readonly fn: OutboxFunction

  constructor(scope: Construct, id: string, { stage, tables, lanes, scheduler, alarms }: SweeperProps) {
    super(scope, id)
    this.fn = new OutboxFunction(this, 'Sweep', {
      stage,
      name: 'sweep',
      entry: 'sweep',
      // Until the next sweep is surely at work: it holds jobs of ordered lanes until their time, which SQS cannot. Where
      // two hold the same job, the FIFO queue drops the second message.
      timeoutSeconds: 75,
      memoryMb: 256,
      environment: {
        ...tablesEnvironment(tables),
        [env.lanes]: lanesEnvironment(this, lanes),
        ...probesEnvironment(stage),
      },
      grants: sweepGrants(tables, lanes),
    })
    scheduler.call({
      name: 'sweep',
      description: 'Sends jobs to their lanes when their time comes',
      expression: 'rate(1 minute)',
      target: this.fn,
      delivery: sweepDelivery,
    })
    functionAlarms(this.fn, alarms)
    this.#silenceAlarm(alarms)
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
