import { z } from 'zod'
import type { Api } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { functionName, requireFunction } from './function.ts'
import { ignored, number, present } from './properties.ts'
import type { Naming, Resource, Resources, Rule } from './rule.ts'

const byId = ({ logicalId }: Naming) => ({ ref: logicalId.toLowerCase(), attributes: {} })

const apiRule = {
  'AWS::ApiGatewayV2::Api': {
    identity: ({ logicalId }) => {
      const ApiId = logicalId.toLowerCase()
      return {
        ref: ApiId,
        attributes: { ApiId, ApiEndpoint: `https://${ApiId}.execute-api.us-east-1.amazonaws.com` },
      }
    },
    properties: z.strictObject({
      Name: z.string(),
      ProtocolType: z.literal('HTTP'),
      CorsConfiguration: z
        .strictObject({
          AllowOrigins: z.array(z.string()).default([]),
          AllowMethods: z.array(z.string()).default([]),
          AllowHeaders: z.array(z.string()).default([]),
          MaxAge: number.optional(),
        })
        .optional(),
      Description: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

const stageRule = {
  'AWS::ApiGatewayV2::Stage': {
    identity: ({ name }) => ({ ref: name('StageName'), attributes: {} }),
    properties: z.strictObject({
      ApiId: z.string(),
      StageName: z.string(),
      DefaultRouteSettings: z
        .strictObject({
          ThrottlingRateLimit: number.optional(),
          ThrottlingBurstLimit: number.optional(),
          DetailedMetricsEnabled: ignored,
        })
        .optional(),
      AccessLogSettings: ignored,
      AutoDeploy: ignored,
      Description: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

const routeRule = {
  'AWS::ApiGatewayV2::Route': {
    identity: byId,
    properties: z.strictObject({
      ApiId: z.string(),
      RouteKey: z.string(),
      Target: z.string(),
      AuthorizationType: z.enum(['NONE', 'AWS_IAM', 'JWT']).default('NONE'),
      AuthorizerId: z.string().optional(),
      AuthorizationScopes: z.array(z.string()).default([]),
      OperationName: ignored,
    }),
  } satisfies Rule,
}

const integrationRule = {
  'AWS::ApiGatewayV2::Integration': {
    identity: byId,
    properties: z.strictObject({
      ApiId: z.string(),
      IntegrationType: z.literal('AWS_PROXY'),
      IntegrationUri: z.string(),
      IntegrationMethod: ignored,
      PayloadFormatVersion: z.literal('2.0'),
      TimeoutInMillis: number.pipe(z.int().min(50).max(30_000)).optional(),
      Description: ignored,
    }),
  } satisfies Rule,
}

const authorizerRule = {
  'AWS::ApiGatewayV2::Authorizer': {
    identity: ({ logicalId }) => ({
      ref: logicalId.toLowerCase(),
      attributes: { AuthorizerId: logicalId.toLowerCase() },
    }),
    properties: z.strictObject({
      ApiId: z.string(),
      Name: z.string(),
      AuthorizerType: z.literal('JWT'),
      IdentitySource: z.tuple([z.literal('$request.header.Authorization')]),
      JwtConfiguration: z.strictObject({ Issuer: z.string(), Audience: z.array(z.string()).default([]) }),
    }),
  } satisfies Rule,
}

export const httpApiRules = { ...apiRule, ...stageRule, ...routeRule, ...integrationRule, ...authorizerRule }

export function readHttpApis(resources: Resources): Api[] {
  const stages = resources.of(stageRule)
  const routes = resources.of(routeRule)
  return resources.of(apiRule).map((api) => {
    const [stage, another] = stages.filter(({ properties }) => properties.ApiId === api.ref)
    if (!stage || another) throw new TemplateError(api, 'it has not exactly one stage', 'Give each API one stage')
    const limits = stage.properties.DefaultRouteSettings
    const cors = api.properties.CorsConfiguration
    return {
      logicalId: api.logicalId,
      kind: 'http',
      id: api.ref,
      name: api.properties.Name,
      stageName: stage.properties.StageName,
      routes: routes
        .filter(({ properties }) => properties.ApiId === api.ref)
        .map((route) => readRoute(route, resources)),
      ...present({
        throttling: limits?.ThrottlingRateLimit
          ? {
              ratePerSecond: limits.ThrottlingRateLimit,
              burst: limits.ThrottlingBurstLimit ?? limits.ThrottlingRateLimit,
            }
          : undefined,
        cors: cors && {
          origins: cors.AllowOrigins,
          methods: cors.AllowMethods,
          headers: cors.AllowHeaders,
          ...present({ maxAgeSeconds: cors.MaxAge }),
        },
      }),
    }
  })
}

type Route = Resource<z.infer<(typeof routeRule)['AWS::ApiGatewayV2::Route']['properties']>>

function readRoute(route: Route, resources: Resources): Api['routes'][number] {
  const { RouteKey, Target, AuthorizationType, AuthorizerId, AuthorizationScopes } = route.properties
  const integration = resources.of(integrationRule).find(({ ref }) => Target === `integrations/${ref}`)
  if (!integration) throw new TemplateError(route, `its target ${Target} is not in this stack`, 'Define it here')
  const authorizer = resources.of(authorizerRule).find(({ ref }) => ref === AuthorizerId)
  if (AuthorizationType === 'JWT' && !authorizer)
    throw new TemplateError(route, 'its authorizer is missing', 'Define it')
  const jwt = authorizer?.properties.JwtConfiguration
  return {
    key: RouteKey,
    functionName: requireFunction(functionName(integration.properties.IntegrationUri), resources, route),
    authorization: AuthorizationType,
    ...present({
      authorizer: jwt && { issuer: jwt.Issuer, audience: jwt.Audience, scopes: AuthorizationScopes },
      timeoutMs: integration.properties.TimeoutInMillis,
    }),
  }
}
