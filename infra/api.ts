import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { env, resourceName } from '../shared/names.ts'
import type { Alarms } from './alarms.ts'
import { apiAlarms } from './api-alarms.ts'
import type { Stage, StageConfig } from './config.ts'
import {
  lanesEnvironment,
  mappingsEnvironment,
  probesEnvironment,
  tablesEnvironment,
  webhooksEnvironment,
} from './environment.ts'
import { OutboxFunction } from './function.ts'
import { apiGrants, controlGrants } from './grants.ts'
import type { LaneConstruct } from './lane.ts'
import type { Reconciler } from './reconciler.ts'
import type { Tables } from './tables.ts'

export interface ApiProps {
  readonly stage: Stage
  readonly tables: Tables
  readonly lanes: readonly LaneConstruct[]
  readonly reconciler: Reconciler
  readonly alarms: Alarms
}

/** The HTTP API: authorization and throttling at the gateway, every route in one function. No CORS: no browser calls it. */
export class Api extends Construct {
  readonly handler: OutboxFunction
  readonly httpApi: HttpApi
  readonly httpStage: HttpStage

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id)
    this.handler = this.#function(props)
    this.httpApi = new HttpApi(this, 'HttpApi', {
      apiName: resourceName(props.stage.name, 'api'),
      createDefaultStage: false,
    })
    this.httpStage = this.#stage(props.stage)
    this.#routes(props.stage.config)
    apiAlarms(this, props.alarms)
  }

  #function({ stage, tables, lanes, reconciler }: ApiProps): OutboxFunction {
    const queues = lanes.map((lane) => lane.queues)
    return new OutboxFunction(this, 'Handler', {
      stage,
      name: 'api',
      entry: 'api',
      // Well under the 30 s at which the gateway gives up, so that the caller gets our answer and not its own.
      timeoutSeconds: 20,
      memoryMb: 512,
      environment: {
        ...tablesEnvironment(tables),
        [env.lanes]: lanesEnvironment(this, queues),
        [env.mappings]: mappingsEnvironment(this, lanes),
        [env.reconcileFunction]: reconciler.fn.lambda.functionName,
        ...probesEnvironment(stage),
        ...webhooksEnvironment(stage),
      },
      grants: [...apiGrants(tables, queues), ...controlGrants(lanes, reconciler)],
    })
  }

  #stage({ name, config }: Stage): HttpStage {
    const accessLog = new LogGroup(this, 'AccessLog', {
      // Under this prefix the account's one policy for log delivery does not grow with each log group.
      logGroupName: `/aws/vendedlogs/${resourceName(name, 'api')}`,
      retention: config.logRetentionDays as RetentionDays,
      removalPolicy: config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    return new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      autoDeploy: true,
      throttle: { rateLimit: config.requestsPerSecond, burstLimit: config.requestBurst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogLine },
    })
  }

  /** Two routes, not `$default`: that one would also swallow what API Gateway answers by itself. */
  #routes(config: StageConfig) {
    const integration = new HttpLambdaIntegration('Integration', this.handler.lambda, { timeout: Duration.seconds(25) })
    const authorizer = authorizerOf(config)
    for (const path of ['/', '/{proxy+}'])
      this.httpApi.addRoutes({ path, methods: [HttpMethod.ANY], integration, authorizer })
    if (config.authorization === 'none')
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'The stage local runs on this machine only; every other stage refuses to synthesize without authorization.',
      })
  }
}

function authorizerOf({ authorization, jwtIssuer, jwtAudience }: StageConfig): IHttpRouteAuthorizer {
  if (authorization === 'none') return new HttpNoneAuthorizer()
  if (authorization === 'iam') return new HttpIamAuthorizer()
  return new HttpJwtAuthorizer('Jwt', jwtIssuer!, { jwtAudience: jwtAudience!.split(',') })
}

/** Who asked for what and how it went; no query, header or body, which could hold personal data. */
const accessLogLine = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    caller: '$context.identity.userArn',
    subject: '$context.authorizer.claims.sub',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    integrationMs: '$context.integrationLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
)
