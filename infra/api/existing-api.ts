import { HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Construct } from 'constructs'
import { ConfigError } from '../config/config-error.ts'
import type { ExistingApi } from '../outbox-relay-props.ts'
import type { Gateway, GatewayProps } from './gateway.ts'
import { authorizerOf, gatewayPath, httpCallArn, integrationOf } from './http-api.ts'
import { scopedRoutes } from './scoped-routes.ts'

/** Returns the path under which the routes are added, without a slash at its end. @throws ConfigError if it is invalid */
export function pathUnder({ path = '/outbox' }: ExistingApi): string {
  if (/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return path
  throw new ConfigError(`api.path is "${path}"; it must begin with a slash and end without one, for example /outbox`)
}

/** Adds the routes to an existing HTTP API. Its throttling, access log and metrics stay as its owner has set them. */
export function existingGateway(scope: Construct, { stage, handler }: GatewayProps, api: ExistingApi): Gateway {
  const { httpApi, authorizer = authorizerOf(stage.config) } = api
  const path = pathUnder(api)
  const shared = { httpApi, integration: integrationOf(handler), authorizer }
  new HttpRoute(scope, 'Route', { ...shared, routeKey: HttpRouteKey.with(`${path}/{proxy+}`, HttpMethod.ANY) })
  for (const { path: scoped, method, scopes } of scopedRoutes(stage.config, authorizer))
    new HttpRoute(scope, `Route ${method} ${gatewayPath(scoped)}`, {
      ...shared,
      routeKey: HttpRouteKey.with(path + gatewayPath(scoped), method as HttpMethod),
      authorizationScopes: [...scopes],
    })
  return {
    url: `${endpointOf(api)}${path}`,
    // The stage of the API is not known here.
    callArn: (method, called) => httpCallArn(scope, httpApi, method, '*', `${path}${called}`),
  }
}

/** @throws ConfigError for an API that is imported without its address */
function endpointOf({ httpApi }: ExistingApi): string {
  try {
    return httpApi.apiEndpoint
  } catch (cause) {
    const problem = `api.httpApi ${httpApi.node.path} is imported without its address: pass apiEndpoint to HttpApi.fromHttpApiAttributes`
    throw new ConfigError(problem, { cause })
  }
}
