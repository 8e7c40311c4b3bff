import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'
import type { OutboxFunction } from '../function.ts'
import { accessLogFields } from './access-log.ts'

/** The gateway of the API's function: it authorizes the caller, throttles, and logs each request. */
export interface Gateway {
  /** Where callers send requests, without a slash at its end. */
  readonly url: string
  /** What IAM knows a call by: the ARN of a method on a path, both of which may hold `*`. */
  readonly callArn: (method: string, path: string) => string
  /** @default - none: those of an API that was there before tell nothing of us alone */
  readonly metrics?: Readonly<Record<'requests' | 'clientErrors' | 'serverErrors' | 'latency', Measure>>
}

export type Measure = (options: MetricOptions) => IMetric

export interface GatewayProps {
  readonly stage: Stage
  readonly handler: OutboxFunction
}

/** Well above the function's own time limit, so that the caller gets its answer, and below the limit of both API types. */
export const integrationSeconds = 25

export function accessLog(scope: Construct, stage: Stage): LogGroup {
  const { config } = stage
  return new LogGroup(scope, 'AccessLog', {
    // Under this prefix the account's one policy for log delivery does not grow with each log group.
    logGroupName: `/aws/vendedlogs/${resourceName(stage, 'api')}`,
    retention: config.logRetentionDays as RetentionDays,
    removalPolicy: config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  })
}

/** The format of its lines. */
export const accessLogFormat = ({ config }: Stage): AccessLogFormat =>
  AccessLogFormat.custom(JSON.stringify(accessLogFields(config)))

/** Why anybody may call: `config-rules.ts` refuses it everywhere else. */
export const openReason =
  'Stages without authorization run on one machine only; every other stage refuses to synthesize without it.'
