import { Duration, Validations } from 'aws-cdk-lib'
import {
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  RestApi,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway'
import type { Construct } from 'constructs'
import { resourceName } from '../../shared/lib/names.ts'
import { removalOf } from '../config/removal.ts'
import type { Stage } from '../config/stage-config.ts'
import {
  accessLog,
  accessLogFormat,
  type Gateway,
  type GatewayProps,
  integrationSeconds,
  openReason,
} from './gateway.ts'

/**
 * Creates a REST API (payload 1.0), for features that an HTTP API does not have (WAF, private endpoints, usage plans) and
 * for emulators without HTTP APIs. A request costs 3.5 times as much, and the URL ends in the name of the stage.
 */
export function restGateway(scope: Construct, { stage, handler }: GatewayProps): Gateway {
  const restApi = new RestApi(scope, 'RestApi', {
    restApiName: resourceName(stage, 'api'),
    description: `The API of ${resourceName(stage, 'api')}`,
    endpointTypes: [EndpointType.REGIONAL],
    deployOptions: deployOptions(scope, stage),
    // A REST API can log only if the region has a role for it, one for all APIs of the account.
    cloudWatchRole: stage.config.restLogRole,
    cloudWatchRoleRemovalPolicy: stage.config.restLogRole ? removalOf(stage) : undefined,
    defaultIntegration: new LambdaIntegration(handler.lambda, {
      timeout: Duration.seconds(integrationSeconds),
      allowTestInvoke: false,
    }),
    defaultMethodOptions: {
      authorizationType: stage.config.authorization === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE,
    },
  })
  // The stack has its own output of the URL, the same for both types.
  restApi.node.tryRemoveChild('Endpoint')
  restApi.root.addMethod('ANY')
  restApi.root.addProxy({ anyMethod: true })
  acknowledge(restApi, stage)
  const deployed = restApi.deploymentStage
  return {
    url: restApi.url.replace(/\/$/, ''),
    callArn: (method, path) => restApi.arnForExecuteApi(method, path, deployed.stageName),
    metrics: {
      requests: (options) => deployed.metricCount(options),
      clientErrors: (options) => deployed.metricClientError(options),
      serverErrors: (options) => deployed.metricServerError(options),
      latency: (options) => deployed.metricLatency(options),
    },
  }
}

function deployOptions(scope: Construct, stage: Stage): StageOptions {
  const { requestsPerSecond, requestBurst, tracing } = stage.config
  return {
    stageName: stage.name,
    throttlingRateLimit: requestsPerSecond,
    throttlingBurstLimit: requestBurst,
    accessLogDestination: new LogGroupLogDestination(accessLog(scope, stage)),
    accessLogFormat: accessLogFormat(stage),
    tracingEnabled: tracing,
  }
}

function acknowledge(restApi: RestApi, { config }: Stage): void {
  const reasons: Record<string, string> = {
    'AwsSolutions-APIG2':
      'The function checks every body against its schema and reports each invalid field; the gateway cannot do that.',
    'AwsSolutions-APIG3':
      'A web ACL has rules and costs of its own; an adopter can attach one to the deployed stage of this API.',
    'AwsSolutions-APIG6':
      'Every request is in the access log with its error. Execution logs would go to a log group that no stack owns.',
    'AwsSolutions-COG4': 'Callers sign with IAM; the API has no users of its own, so it needs no Cognito.',
    ...(config.restLogRole
      ? {
          'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
            'API Gateway has one role for logs per region, for all APIs of the account; this is the AWS policy for it.',
        }
      : {}),
    ...(config.authorization === 'none' ? { 'AwsSolutions-APIG4': openReason } : {}),
  }
  for (const [id, reason] of Object.entries(reasons)) Validations.of(restApi).acknowledge({ id, reason })
}
