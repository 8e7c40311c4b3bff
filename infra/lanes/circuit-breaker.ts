import { ArnFormat, Stack } from 'aws-cdk-lib'
import { type IAlarmAction, MathExpression, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { breakerReason, type CircuitBreaker } from '../../shared/define/lane.ts'
import { breakerAlarm, resourceName } from '../../shared/lib/names.ts'
import { breakerGrants } from '../access/grants.ts'
import { mappingsEnvironment, probesEnvironment, tablesEnvironment } from '../config/environment.ts'
import type { Stage } from '../config/stage-config.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import { laneMetric } from '../monitoring/job-metrics.ts'
import { type LaneConstruct, switchesOf } from './lane.ts'

/** Pauses lanes whose jobs fail: one alarm per lane, and the function that all these alarms invoke. */
export class CircuitBreakers extends Construct {
  readonly fn: OutboxFunction

  /** @param lanes at least one; each with a circuit breaker */
  constructor(scope: Construct, id: string, context: OutboxContext, lanes: readonly LaneConstruct[]) {
    super(scope, id)
    const { tables } = context
    this.fn = new OutboxFunction(this, 'Pause', context, {
      name: 'circuit-breaker',
      entry: 'circuit-breaker',
      timeoutSeconds: 30,
      // A call that is minutes late would pause a lane that is well again.
      asyncInvoke: { maximumEventAgeSeconds: 300, retries: 2 },
      memoryMb: 256,
      environment: {
        ...tablesEnvironment(tables),
        ...mappingsEnvironment(lanes),
        ...probesEnvironment(context.stage),
      },
      grants: breakerGrants(tables.arns, switchesOf(this, context.stage, lanes)),
    })
    for (const { lane } of lanes) if (lane.circuitBreaker) this.#addAlarm(context, lane.name, lane.circuitBreaker)
  }

  #addAlarm({ stage, alarms }: OutboxContext, lane: string, breaker: CircuitBreaker): void {
    alarms.add(this, 'circuit-breaker', {
      values: { lane, reason: breakerReason(breaker), withinSeconds: breaker.withinSeconds },
      metric: (options) => isDown(stage, lane, breaker.failures, options),
      action: this.#invoke(stage, lane),
    })
  }

  /** Not `LambdaAction`, whose permission has the same logical id for all alarms of a scope and names no account. */
  #invoke(stage: Stage, lane: string): IAlarmAction {
    const { lambda } = this.fn
    lambda.addPermission(`By-${lane}`, {
      principal: new ServicePrincipal('lambda.alarms.cloudwatch.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
      sourceArn: Stack.of(this).formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: resourceName(stage, breakerAlarm(lane)),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    })
    return { bind: () => ({ alarmActionArn: lambda.functionArn }) }
  }
}

/**
 * 1 when more jobs failed than the breaker allows, of more than one tenant, and none succeeded; otherwise 0. The metric has
 * 0 for a success, and the number of its tenant for each job that failed. Without `FILL`, which hides the last minute of a
 * late metric.
 */
function isDown(stage: Stage, lane: string, allowed: number, options: MetricOptions): MathExpression {
  const outcomes = (statistic: string) => laneMetric(stage, lane, 'outcomes', { ...options, statistic })
  return new MathExpression({
    expression: `IF(jobs > ${allowed} AND lowest > 0 AND lowest < highest, 1, 0)`,
    usingMetrics: { jobs: outcomes('SampleCount'), lowest: outcomes('Minimum'), highest: outcomes('Maximum') },
    period: options.period!,
    label: 'more jobs failed than the breaker allows, and none succeeded',
  })
}
