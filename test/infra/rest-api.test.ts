import { describe, expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod', { apiType: 'rest' })
const dev = new StageTemplate('dev', { apiType: 'rest' })
const methods = (template: StageTemplate) =>
  template.ofType('AWS::ApiGateway::Method').map(({ Properties }) => Properties)
const only = (template: StageTemplate, type: string) => {
  const [found, ...more] = template.ofType(type)
  expect(more).toEqual([])
  return found!
}

test('a stage has one API, not one of each type', () => {
  expect(dev.ofType('AWS::ApiGatewayV2::Api')).toEqual([])
  expect(new StageTemplate('dev').ofType('AWS::ApiGateway::RestApi')).toEqual([])
})

test('every path and method goes to the function api, which answers before the gateway gives up', () => {
  const { Timeout } = prod.named('AWS::Lambda::Function', 'api').Properties
  const all = methods(prod)
  expect(all.map(({ HttpMethod }) => HttpMethod)).toEqual(['ANY', 'ANY'])
  expect(only(prod, 'AWS::ApiGateway::Resource').Properties.PathPart).toBe('{proxy+}')
  for (const { Integration } of all) {
    expect(Integration.Type).toBe('AWS_PROXY')
    expect(prod.say(Integration.Uri)).toMatch(/functions\/api\/invocations$/)
    expect(Integration.TimeoutInMillis).toBeGreaterThan(1000 * Timeout)
    expect(Integration.TimeoutInMillis).toBeLessThan(29_000)
  }
})

describe('who may call', () => {
  test('signed requests only, by default', () => {
    for (const { AuthorizationType } of [...methods(prod), ...methods(dev)]) expect(AuthorizationType).toBe('AWS_IAM')
  })

  test('anybody in LocalStack, on one machine', () => {
    for (const { AuthorizationType } of methods(new StageTemplate('localstack'))) expect(AuthorizationType).toBe('NONE')
  })

  test('only this API may invoke the function', () => {
    const permissions = prod
      .ofType('AWS::Lambda::Permission')
      .filter(({ Properties }) => prod.say(Properties.FunctionName) === 'api')
    expect(permissions.length).toBeGreaterThan(0)
    for (const { Properties } of permissions) {
      expect(Properties.Principal).toBe('apigateway.amazonaws.com')
      expect(prod.say(Properties.SourceArn)).toMatch(/^arn:<AWS::Partition>:execute-api:.*:ApiRestApi\w+\/ApiRestApi/)
    }
  })
})

test('throttling and access log are those of the HTTP API', () => {
  const { MethodSettings, AccessLogSetting, TracingEnabled } = only(prod, 'AWS::ApiGateway::Stage').Properties
  expect(MethodSettings).toEqual([
    {
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: 1_000,
      ThrottlingBurstLimit: 2_000,
      DataTraceEnabled: false,
    },
  ])
  expect(TracingEnabled).toBe(false)
  const traced = only(new StageTemplate('prod', { apiType: 'rest', tracing: 'true' }), 'AWS::ApiGateway::Stage')
  expect(traced.Properties.TracingEnabled).toBe(true)
  const [http] = new StageTemplate('prod').ofType('AWS::ApiGatewayV2::Stage')
  expect(AccessLogSetting.Format).toBe(http!.Properties.AccessLogSettings.Format)
})

test('a second REST API of a region leaves the role of the first alone', () => {
  const second = new StageTemplate('dev', { apiType: 'rest', restLogRole: 'false' })
  expect(second.ofType('AWS::ApiGateway::Account')).toEqual([])
  expect(JSON.stringify(second.ofType('AWS::IAM::Role'))).not.toContain('apigateway.amazonaws.com')
})

test('the API can log in a region where no REST API has logged before', () => {
  const { CloudWatchRoleArn } = only(dev, 'AWS::ApiGateway::Account').Properties
  const role = dev.byId(CloudWatchRoleArn['Fn::GetAtt'][0])
  expect(role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service).toBe('apigateway.amazonaws.com')
  const stage = only(dev, 'AWS::ApiGateway::Stage') as unknown as { DependsOn: string[] }
  expect(stage.DependsOn).toContain(only(dev, 'AWS::ApiGateway::Account').id)
})

test('the URL that is printed ends in the stage, and dashboard and alarm watch this API', () => {
  const url = dev.say(dev.json.Outputs.ApiUrl.Value)
  expect(url).toMatch(/^https:\/\/ApiRestApi\w+\.execute-api\.<AWS::Region>\.<AWS::URLSuffix>\/ApiRestApi\w+Stagedev/)
  const { Dimensions, MetricName } = dev.named('AWS::CloudWatch::Alarm', 'api-5xx').Properties
  expect(MetricName).toBe('5XXError')
  expect(Dimensions).toContainEqual({ Name: 'ApiName', Value: 'OutboxRelay-dev-api' })
})
