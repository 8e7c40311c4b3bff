import { z } from 'zod'
import type { Api } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { functionName, requireFunction } from './function.ts'
import { ignored, number, present } from './properties.ts'
import type { Naming, Resource, Resources, Rule } from './rule.ts'

const byId = ({ logicalId }: Naming) => ({ ref: logicalId.toLowerCase(), attributes: {} })
const rootOf = (apiId: string) => `${apiId}-root`

const apiRule = {
  'AWS::ApiGateway::RestApi': {
    identity: ({ logicalId }) => {
      const RestApiId = logicalId.toLowerCase()
      return { ref: RestApiId, attributes: { RestApiId, RootResourceId: rootOf(RestApiId) } }
    },
    properties: z.strictObject({
      Name: z.string(),
      BinaryMediaTypes: z.array(z.string()).default([]),
      // Public or regional makes no difference on one machine; a private API would not be reached as it is on AWS.
      EndpointConfiguration: z
        .strictObject({ Types: z.array(z.enum(['REGIONAL', 'EDGE'])), IpAddressType: ignored })
        .optional(),
      Description: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

const resourceRule = {
  'AWS::ApiGateway::Resource': {
    identity: ({ logicalId }) => {
      const ResourceId = logicalId.toLowerCase()
      return { ref: ResourceId, attributes: { ResourceId } }
    },
    properties: z.strictObject({ RestApiId: z.string(), ParentId: z.string(), PathPart: z.string() }),
  } satisfies Rule,
}

const integration = z.strictObject({
  Type: z.literal('AWS_PROXY'),
  IntegrationHttpMethod: z.literal('POST'),
  Uri: z.string(),
  TimeoutInMillis: number.pipe(z.int().min(50).max(29_000)).optional(),
})

const methodRule = {
  'AWS::ApiGateway::Method': {
    identity: byId,
    properties: z.strictObject({
      RestApiId: z.string(),
      ResourceId: z.string(),
      HttpMethod: z.string(),
      AuthorizationType: z.enum(['NONE', 'AWS_IAM']),
      Integration: integration,
      OperationName: ignored,
    }),
  } satisfies Rule,
}

const deploymentRule = {
  'AWS::ApiGateway::Deployment': {
    identity: ({ logicalId }) => {
      const DeploymentId = logicalId.toLowerCase()
      return { ref: DeploymentId, attributes: { DeploymentId } }
    },
    properties: z.strictObject({ RestApiId: z.string(), Description: ignored }),
  } satisfies Rule,
}

const stageRule = {
  'AWS::ApiGateway::Stage': {
    identity: ({ name }) => ({ ref: name('StageName'), attributes: {} }),
    properties: z.strictObject({
      RestApiId: z.string(),
      DeploymentId: z.string(),
      StageName: z.string(),
      // One setting for all methods: which others CloudFormation would merge, and how, is not emulated.
      MethodSettings: z
        .array(
          z.strictObject({
            HttpMethod: z.literal('*'),
            ResourcePath: z.literal('/*'),
            ThrottlingRateLimit: number.optional(),
            ThrottlingBurstLimit: number.optional(),
            DataTraceEnabled: ignored,
            LoggingLevel: ignored,
            MetricsEnabled: ignored,
          }),
        )
        .max(1)
        .default([]),
      AccessLogSetting: ignored,
      TracingEnabled: ignored,
      Description: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

const accountRule = {
  // Where the API Gateway of a region writes its logs; here they are not written.
  'AWS::ApiGateway::Account': {
    identity: byId,
    properties: z.strictObject({ CloudWatchRoleArn: ignored }),
  } satisfies Rule,
}

export const restApiRules = {
  ...apiRule,
  ...resourceRule,
  ...methodRule,
  ...deploymentRule,
  ...stageRule,
  ...accountRule,
}

export function readRestApis(resources: Resources): Api[] {
  return resources.of(apiRule).map((api) => {
    const stage = onlyStage(api, resources)
    const [settings] = stage.properties.MethodSettings
    const methods = resources.of(methodRule).filter(({ properties }) => properties.RestApiId === api.ref)
    return {
      logicalId: api.logicalId,
      kind: 'rest',
      id: api.ref,
      name: api.properties.Name,
      stageName: stage.properties.StageName,
      binaryMediaTypes: api.properties.BinaryMediaTypes,
      routes: methods.map((method) => readMethod(method, api.ref, resources)),
      ...present({
        throttling: settings?.ThrottlingRateLimit
          ? {
              ratePerSecond: settings.ThrottlingRateLimit,
              burst: settings.ThrottlingBurstLimit ?? settings.ThrottlingRateLimit,
            }
          : undefined,
      }),
    }
  })
}

/** A stage shows what was deployed; a REST API without a deployment of it answers nothing. */
function onlyStage(api: Resource<unknown>, resources: Resources) {
  const [stage, another] = resources.of(stageRule).filter(({ properties }) => properties.RestApiId === api.ref)
  if (!stage || another) throw new TemplateError(api, 'it has not exactly one stage', 'Give each API one stage')
  const { DeploymentId } = stage.properties
  const deployed = resources
    .of(deploymentRule)
    .some(({ ref, properties }) => ref === DeploymentId && properties.RestApiId === api.ref)
  if (!deployed) throw new TemplateError(stage, `its deployment ${DeploymentId} is not of this API`, 'Define it here')
  return stage
}

type Method = Resource<z.infer<(typeof methodRule)['AWS::ApiGateway::Method']['properties']>>

function readMethod(method: Method, apiId: string, resources: Resources): Api['routes'][number] {
  const { HttpMethod, ResourceId, AuthorizationType, Integration } = method.properties
  return {
    key: `${HttpMethod} ${pathOf(method, ResourceId, apiId, resources) || '/'}`,
    functionName: requireFunction(functionName(Integration.Uri), resources, method),
    authorization: AuthorizationType,
    ...present({ timeoutMs: Integration.TimeoutInMillis }),
  }
}

/** `/orders/{id}` of a resource, up to the root; the root's own path is empty. */
function pathOf(method: Method, resourceId: string, apiId: string, resources: Resources): string {
  if (resourceId === rootOf(apiId)) return ''
  const found = resources.of(resourceRule).find(({ ref }) => ref === resourceId)
  if (!found) throw new TemplateError(method, `its resource ${resourceId} is not in this stack`, 'Define it here')
  return `${pathOf(method, found.properties.ParentId, apiId, resources)}/${found.properties.PathPart}`
}
