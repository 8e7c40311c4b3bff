import { ArnFormat, Duration, Stack } from 'aws-cdk-lib'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { env, resourceName } from '../../shared/lib/names.ts'
import { reconcileGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import { lanesEnvironment, mappingsEnvironment, probesEnvironment, tablesEnvironment } from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { functionAlarms } from '../monitoring/function-alarms.ts'
import { jobTotal } from '../monitoring/job-metrics.ts'
import { acknowledgeMonitoring } from '../monitoring/monitored.ts'
import type { Tables } from '../storage/tables.ts'
import type { Delivery, Scheduler } from './scheduler.ts'

export interface ReconcilerProps {
  readonly stage: Stage
  readonly tables: Tables
  readonly lanes: readonly LaneConstruct[]
  readonly scheduler: Scheduler
  readonly alarms: Alarms
}

/** The next run of the part comes tomorrow, so a run may be an hour late; a run that never came is for a person to know. */
export const reconcileDelivery: Delivery = { maximumEventAgeSeconds: 3_600, maximumRetries: 185, keepFailed: true }

/** Reads a part of the outbox every hour, all of it in a day, and sends again what has not run and has no message any more. */
export class Reconciler extends Construct {
  readonly fn: OutboxFunction
  /** Jobs that a run found unrelayed, over all lanes and types. */
  readonly unrelayed: Metric

  constructor(scope: Construct, id: string, { stage, tables, lanes, scheduler, alarms }: ReconcilerProps) {
    super(scope, id)
    const name = 'reconcile'
    // Spelt out: a role that named the function itself would have to wait for it, and it waits for its role.
    const self = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: resourceName(stage, name),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    this.fn = new OutboxFunction(this, 'Reconcile', {
      stage,
      name,
      entry: 'reconcile',
      // All that Lambda gives: it reads a whole table. What does not fit into one run goes on in the next.
      timeoutSeconds: 900,
      memoryMb: 512,
      environment: {
        ...tablesEnvironment(tables),
        [env.lanes]: lanesEnvironment(
          this,
          lanes.map(({ queues }) => queues),
        ),
        [env.mappings]: mappingsEnvironment(this, lanes),
        ...probesEnvironment(stage),
      },
      grants: reconcileGrants(tables, lanes, self),
    })
    acknowledgeMonitoring(this.fn)
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
      says: 'Jobs had no message any more: they never reached their lane, or got lost there. They were sent again, if their lane takes them; the log of reconcile names them.',
      runbook: 'unrelayed',
    })
  }
}
