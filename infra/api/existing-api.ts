import { Duration } from 'aws-cdk-lib'
import { HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Construct } from 'constructs'
import { ConfigError } from '../config/config-error.ts'
import type { ExistingApi } from '../outbox-relay-props.ts'
import { type Gateway, type GatewayProps, integrationSeconds } from './gateway.ts'
import { authorizerOf, httpCallArn } from './http-api.ts'

/** The path under which the routes are added, without a slash at its end. @throws ConfigError */
export function pathUnder({ path = '/outbox' }: ExistingApi): string {
  if (/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return path
  throw new ConfigError(`api.path is "${path}": write it like /outbox, with a slash in front and none at its end`)
}

/**
 * Routes on an HTTP API that is there already. Its throttling, access log and metrics are its owner's: those tell
 * nothing of us alone.
 */
export function existingGateway(scope: Construct, { stage, handler }: GatewayProps, api: ExistingApi): Gateway {
  const { httpApi, authorizer = authorizerOf(stage.config) } = api
  const path = pathUnder(api)
  const integration = new HttpLambdaIntegration('Integration', handler.lambda, {
    timeout: Duration.seconds(integrationSeconds),
  })
  new HttpRoute(scope, 'Route', {
    httpApi,
    routeKey: HttpRouteKey.with(`${path}/{proxy+}`, HttpMethod.ANY),
    integration,
    authorizer,
  })
  return {
    url: `${httpApi.apiEndpoint}${path}`,
    // Which stage its owner calls it by, we do not know.
    callArn: (method, called) => httpCallArn(scope, httpApi, method, '*', `${path}${called}`),
  }
}
