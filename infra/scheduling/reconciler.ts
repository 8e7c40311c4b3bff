import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import { acknowledgeMonitoring, reconcileGrants } from '../access/grants.ts'
import { mappingsEnvironment, probesEnvironment, queuesEnvironment, tablesEnvironment } from '../config/environment.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import type { LaneConstruct } from '../lanes/lane.ts'
import type { Measure } from '../monitoring/alarm-set.ts'
import { jobTotal } from '../monitoring/job-metrics.ts'
import type { Delivery } from './scheduler.ts'

/** The next run of a part comes a day later, so a run may be an hour late. A person must know of a run that never came. */
export const reconcileDelivery: Delivery = { maximumEventAgeSeconds: 3_600, maximumRetries: 185, keepFailed: true }

const name = 'reconcile'

/** Reads a part of the outbox every hour, and all of it in a day. Sends each job again that has not run and has no message. */
export class Reconciler extends Construct {
  readonly fn: OutboxFunction
  /** Number of jobs without a message that the runs found, over all lanes and types. */
  readonly unrelayed: Measure

  /** @param relayFailures queue of what the relay could not forward */
  constructor(
    scope: Construct,
    id: string,
    context: OutboxContext,
    lanes: readonly LaneConstruct[],
    relayFailures: IQueue,
  ) {
    super(scope, id)
    const { stage, scheduler, alarms } = context
    this.fn = this.#function(context, lanes, relayFailures)
    acknowledgeMonitoring(this.fn)
    scheduler.call({
      name,
      description: 'Finds jobs that should have run and have no message, and sends them again',
      expression: 'rate(1 hour)',
      target: this.fn.lambda,
      // functions/reconcile/lambda.ts reads it. The hour selects the part; an operator's call has no hour and gets all parts.
      input: { at: ContextAttribute.scheduledTime },
      delivery: reconcileDelivery,
    })
    this.unrelayed = (options: MetricOptions) => jobTotal(stage, 'unrelayed', options)
    alarms.add(this, 'unrelayed', { metric: this.unrelayed })
  }

  #function(context: OutboxContext, lanes: readonly LaneConstruct[], relayFailures: IQueue): OutboxFunction {
    const { stage, tables } = context
    const queues = lanes.map((lane) => lane.queues)
    // By name: a role that referred to its own function would have to wait for it, and the function waits for its role.
    const self = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: resourceName(stage, name),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    return new OutboxFunction(this, 'Reconcile', context, {
      name,
      entry: name,
      // The longest that Lambda allows: it reads a whole table. The next run continues what does not fit into one run.
      timeoutSeconds: 900,
      // A run that ends incomplete has noted where the next hour goes on; a retry would read the same part again.
      asyncInvoke: { maximumEventAgeSeconds: 3_600, retries: 0 },
      memoryMb: 512,
      environment: {
        ...tablesEnvironment(tables),
        ...queuesEnvironment(context.scheduler.failures),
        ...mappingsEnvironment(lanes),
        ...probesEnvironment(stage),
      },
      grants: reconcileGrants({
        tables: tables.arns,
        lanes: queues,
        mappings: lanes.map(({ mappingArn }) => mappingArn),
        failures: [relayFailures.queueArn, context.scheduler.failures.queueArn],
        self,
      }),
    })
  }
}
