import { Duration, Stack, Validations } from 'aws-cdk-lib'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpApi,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import type { Stage, StageConfig } from '../config/stage-config.ts'
import type { OutboxFunction } from '../function.ts'
import {
  accessLog,
  accessLogFormat,
  type Gateway,
  type GatewayProps,
  integrationSeconds,
  openReason,
} from './gateway.ts'
import { scopedRoutes } from './scoped-routes.ts'

/** Creates an HTTP API (payload 2.0), the cheaper and faster type and the default. It has no CORS, because no browser calls it. */
export function httpGateway(scope: Construct, { stage, handler }: GatewayProps): Gateway {
  const httpApi = new HttpApi(scope, 'HttpApi', {
    apiName: resourceName(stage, 'api'),
    createDefaultStage: false,
  })
  const deployed = deployedStage(scope, httpApi, stage)
  const integration = integrationOf(handler)
  const authorizer = authorizerOf(stage.config)
  // Two routes and not `$default`, which would also receive requests that API Gateway answers itself.
  for (const path of ['/', '/{proxy+}']) httpApi.addRoutes({ path, methods: [HttpMethod.ANY], integration, authorizer })
  for (const { path, method, scopes } of scopedRoutes(stage.config, authorizer))
    httpApi.addRoutes({
      path: gatewayPath(path),
      methods: [method as HttpMethod],
      integration,
      authorizer,
      authorizationScopes: [...scopes],
    })
  if (stage.config.authorization === 'none')
    Validations.of(scope).acknowledge({ id: 'AwsSolutions-APIG4', reason: openReason })
  return {
    url: httpApi.apiEndpoint,
    callArn: (method, path) => httpCallArn(scope, httpApi, method, deployed.stageName, path),
    metrics: {
      requests: (options) => deployed.metricCount(options),
      clientErrors: (options) => deployed.metricClientError(options),
      serverErrors: (options) => deployed.metricServerError(options),
      latency: (options) => deployed.metricLatency(options),
    },
  }
}

/** Returns the integration of all routes. One permission lets the whole API invoke the function: one per route would fill its policy. */
export function integrationOf({ lambda }: OutboxFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration('Integration', lambda, {
    timeout: Duration.seconds(integrationSeconds),
    scopePermissionToRoute: false,
  })
}

/** `/jobs/{id}` for `/jobs/:id` */
export function gatewayPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

/** Returns an ARN for grants of `execute-api:Invoke`. */
export function httpCallArn(
  scope: Construct,
  api: Pick<IHttpApi, 'apiId'>,
  method: string,
  stage: string,
  path: string,
): string {
  return Stack.of(scope).formatArn({
    service: 'execute-api',
    resource: api.apiId,
    resourceName: `${stage}/${method}${path}`,
  })
}

function deployedStage(scope: Construct, httpApi: HttpApi, stage: Stage): HttpStage {
  return new HttpStage(scope, 'Stage', {
    httpApi,
    autoDeploy: true,
    throttle: { rateLimit: stage.config.requestsPerSecond, burstLimit: stage.config.requestBurst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog(scope, stage)),
      format: accessLogFormat(stage),
    },
  })
}

export function authorizerOf({ authorization, jwtIssuer, jwtAudience }: StageConfig): IHttpRouteAuthorizer {
  if (authorization === 'none') return new HttpNoneAuthorizer()
  if (authorization === 'iam') return new HttpIamAuthorizer()
  return new HttpJwtAuthorizer('Jwt', jwtIssuer!, { jwtAudience: jwtAudience!.split(',') })
}
