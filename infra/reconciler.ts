import { Duration } from 'aws-cdk-lib'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import type { Alarms } from './alarms.ts'
import type { Stage } from './config.ts'
import { lanesEnvironment, probesEnvironment, tablesEnvironment } from './environment.ts'
import { OutboxFunction } from './function.ts'
import { functionAlarms } from './function-alarms.ts'
import { reconcileGrants } from './grants.ts'
import { jobTotal } from './job-metrics.ts'
import type { LaneQueues } from './queues.ts'
import type { Delivery, Scheduler } from './scheduler.ts'
import type { Tables } from './tables.ts'

export interface ReconcilerProps {
  readonly stage: Stage
  readonly tables: Tables
  readonly lanes: readonly LaneQueues[]
  readonly scheduler: Scheduler
  readonly alarms: Alarms
}

/** Its part of the table has its turn only tomorrow, so a run may be an hour late; one that never came is for a person to know. */
export const reconcileDelivery: Delivery = { maximumEventAgeSeconds: 3_600, maximumRetries: 185, keepFailed: true }

/** Reads a part of the outbox every hour, all of it in a day, and sends again what should have run and has not. */
export class Reconciler extends Construct {
  readonly fn: OutboxFunction
  /** Jobs that a run found unrelayed, over all lanes and types. */
  readonly unrelayed: Metric

  constructor(scope: Construct, id: string, { stage, tables, lanes, scheduler, alarms }: ReconcilerProps) {
    super(scope, id)
    this.fn = new OutboxFunction(this, 'Reconcile', {
      stage,
      name: 'reconcile',
      entry: 'reconcile',
      // All that Lambda gives: it reads a whole table.
      timeoutSeconds: 900,
      memoryMb: 512,
      environment: {
        ...tablesEnvironment(tables),
        [env.lanes]: lanesEnvironment(this, lanes),
        ...probesEnvironment(stage),
      },
      grants: reconcileGrants(tables, lanes),
    })
    scheduler.call({
      name: 'reconcile',
      description: 'Sends again what should have run and has not',
      expression: 'rate(1 hour)',
      target: this.fn,
      // As functions/reconcile/lambda.ts reads it: the hour says which part. An operator's call has none, and gets all.
      input: { at: ContextAttribute.scheduledTime },
      delivery: reconcileDelivery,
    })
    functionAlarms(this.fn, alarms)
    this.unrelayed = jobTotal(stage, 'unrelayed', Duration.minutes(5))
    this.#unrelayedAlarm(alarms)
  }

  #unrelayedAlarm(alarms: Alarms) {
    alarms.ring(this, 'UnrelayedAlarm', {
      name: 'unrelayed',
      metric: this.unrelayed,
      says: 'Jobs never reached their lane, or got lost there, and were sent again: the log of reconcile names them; find out what the relay missed.',
      runbook: 'unrelayed',
    })
  }
}
