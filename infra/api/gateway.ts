import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import { removalOf } from '../config/removal.ts'
import type { Stage } from '../config/stage-config.ts'
import type { OutboxFunction } from '../function.ts'
import type { Measure } from '../monitoring/alarm-set.ts'
import { accessLogFields } from './access-log.ts'

/** The gateway of the API's function: it authorizes the caller, throttles, and logs each request. */
export interface Gateway {
  /** Base URL of the API, without a slash at its end. */
  readonly url: string
  /** Returns the ARN of a method on a path, as IAM policies name it. Both may contain `*`. */
  readonly callArn: (method: string, path: string) => string
  /** @default - none: the metrics of an existing API also count its other routes */
  readonly metrics?: Readonly<Record<'requests' | 'clientErrors' | 'serverErrors' | 'latency', Measure>>
}

export interface GatewayProps {
  readonly stage: Stage
  readonly handler: OutboxFunction
}

/** Time limit of the integration in seconds: well above the function's own limit, and below the limit of both API types. */
export const integrationSeconds = 25

export function accessLog(scope: Construct, stage: Stage): LogGroup {
  const { config } = stage
  return new LogGroup(scope, 'AccessLog', {
    // With this prefix the account's policy for log delivery does not grow with each log group.
    logGroupName: `/aws/vendedlogs/${resourceName(stage, 'api')}`,
    retention: config.logRetentionDays as RetentionDays,
    removalPolicy: removalOf({ config }),
  })
}

/** Format of the lines of the access log. */
export const accessLogFormat = ({ config }: Stage): AccessLogFormat =>
  AccessLogFormat.custom(JSON.stringify(accessLogFields(config)))

/** Reason for an API without authorization; config/config-rules.ts refuses it on every stage in an account. */
export const openReason =
  'Stages without authorization run on one machine only; every other stage refuses to synthesize without it.'
