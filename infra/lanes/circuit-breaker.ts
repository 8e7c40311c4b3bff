import { ArnFormat, Stack } from 'aws-cdk-lib'
import { type IAlarmAction, MathExpression, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { breakerReason, type CircuitBreaker } from '../../shared/define/lane.ts'
import { breakerAlarm, env, type MetricName, resourceName } from '../../shared/lib/names.ts'
import { breakerGrants } from '../access/grants.ts'
import { mappingsEnvironment, tablesEnvironment } from '../config/environment.ts'
import type { Stage } from '../config/stage-config.ts'
import type { OutboxContext } from '../context.ts'
import { OutboxFunction } from '../function.ts'
import { laneMetric } from '../monitoring/job-metrics.ts'
import type { LaneConstruct } from './lane.ts'

/** Pauses lanes whose attempts fail: one alarm per lane, and the function that all these alarms invoke. */
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
      memoryMb: 256,
      environment: {
        ...tablesEnvironment(tables),
        ...mappingsEnvironment(this, lanes),
        [env.breakers]: JSON.stringify(Object.fromEntries(lanes.map(({ lane }) => [lane.name, lane.circuitBreaker]))),
      },
      grants: breakerGrants(
        tables.arns,
        lanes.map(({ mappingArn }) => mappingArn),
      ),
    })
    for (const { lane } of lanes) if (lane.circuitBreaker) this.#addAlarm(context, lane.name, lane.circuitBreaker)
  }

  #addAlarm({ stage, alarms }: OutboxContext, lane: string, breaker: CircuitBreaker): void {
    alarms.add(this, 'circuit-breaker', {
      values: { lane, reason: breakerReason(breaker), withinSeconds: breaker.withinSeconds },
      metric: (options) => failedAttempts(stage, lane, breaker.failures, options),
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

/** Above 0 when more attempts failed than the breaker allows, and more than half of those that started. */
function failedAttempts(stage: Stage, lane: string, allowed: number, options: MetricOptions): MathExpression {
  const metric = (name: MetricName) => laneMetric(stage, lane, name, options)
  const failed = '(FILL(retrying, 0) + FILL(dead, 0))'
  return new MathExpression({
    expression: `MIN([${failed} - ${allowed}, 2 * ${failed} - FILL(started, 0)])`,
    usingMetrics: { retrying: metric('retrying'), dead: metric('dead'), started: metric('started') },
    period: options.period!,
    label: 'failed attempts beyond what the breaker allows',
  })
}
