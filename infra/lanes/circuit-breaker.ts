import { ArnFormat, Duration, Stack } from 'aws-cdk-lib'
import { type IAlarmAction, MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { breakerReason, type CircuitBreaker } from '../../shared/define/lane.ts'
import { breakerAlarm, env, type MetricName, resourceName } from '../../shared/lib/names.ts'
import { breakerGrants } from '../access/grants.ts'
import type { Stage } from '../config/config.ts'
import { mappingsEnvironment, tablesEnvironment } from '../environment.ts'
import { OutboxFunction } from '../function.ts'
import type { Alarms } from '../monitoring/alarms.ts'
import { functionAlarms } from '../monitoring/function-alarms.ts'
import { laneMetric } from '../monitoring/job-metrics.ts'
import type { Tables } from '../storage/tables.ts'
import type { LaneConstruct } from './lane.ts'

export interface BreakersProps {
  readonly stage: Stage
  readonly tables: Tables
  /** Those with a circuit breaker, at least one. */
  readonly lanes: readonly LaneConstruct[]
  readonly alarms: Alarms
}

/** Pauses lanes whose attempts fail: an alarm for each, and the function that they call. */
export class Breakers extends Construct {
  readonly fn: OutboxFunction

  constructor(scope: Construct, id: string, { stage, tables, lanes, alarms }: BreakersProps) {
    super(scope, id)
    this.fn = new OutboxFunction(this, 'Pause', {
      stage,
      name: 'circuit-breaker',
      entry: 'circuit-breaker',
      timeoutSeconds: 30,
      memoryMb: 256,
      environment: {
        ...tablesEnvironment(tables),
        [env.mappings]: mappingsEnvironment(this, lanes),
        [env.breakers]: JSON.stringify(Object.fromEntries(lanes.map(({ lane }) => [lane.name, lane.circuitBreaker]))),
      },
      grants: breakerGrants(tables, lanes),
    })
    functionAlarms(this.fn, alarms)
    for (const { lane } of lanes) if (lane.circuitBreaker) this.#alarm(stage, lane.name, lane.circuitBreaker, alarms)
  }

  #alarm(stage: Stage, lane: string, breaker: CircuitBreaker, alarms: Alarms) {
    alarms.ring(this, `Alarm-${lane}`, {
      name: breakerAlarm(lane),
      metric: failing(stage, lane, breaker),
      says: `The lane ${lane} paused itself, because ${breakerReason(breaker)}: mend what its jobs depend on; once this alarm is OK, \`outbox lanes resume ${lane}\` lets it go on.`,
      runbook: 'circuit-breaker',
      also: this.#call(stage, lane),
    })
  }

  /** Not `LambdaAction`: its permission has one logical id for all alarms of a scope, and names no account. */
  #call(stage: Stage, lane: string): IAlarmAction {
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
function failing(stage: Stage, lane: string, { failures, withinSeconds }: CircuitBreaker): MathExpression {
  const period = Duration.seconds(withinSeconds)
  const metric = (name: MetricName) => laneMetric(stage, lane, name, period)
  const failed = '(FILL(retrying, 0) + FILL(dead, 0))'
  return new MathExpression({
    expression: `MIN([${failed} - ${failures}, 2 * ${failed} - FILL(started, 0)])`,
    usingMetrics: { retrying: metric('retrying'), dead: metric('dead'), started: metric('started') },
    period,
    label: 'failed attempts beyond what the breaker allows',
  })
}
