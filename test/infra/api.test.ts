import { describe, expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const local = new StageTemplate('local')
const routes = (template: StageTemplate) =>
  template.ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties)
const stage = (template: StageTemplate) => template.ofType('AWS::ApiGatewayV2::Stage')[0]!.Properties

test('every path and method goes to the function api, as payload 2.0', () => {
  expect(routes(prod).map(({ RouteKey }) => RouteKey)).toEqual(['ANY /', 'ANY /{proxy+}'])
  const integrations = prod.ofType('AWS::ApiGatewayV2::Integration')
  expect(integrations).toHaveLength(1)
  expect(prod.say(integrations[0]!.Properties.IntegrationUri)).toBe('api')
  expect(integrations[0]!.Properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' })
  for (const { Target } of routes(prod)) expect(prod.say(Target)).toBe(`integrations/${integrations[0]!.id}`)
})

test('the function answers before the gateway gives up', () => {
  const { Timeout } = prod.named('AWS::Lambda::Function', 'api').Properties
  const [integration] = prod.ofType('AWS::ApiGatewayV2::Integration')
  expect(1000 * Timeout).toBeLessThan(integration!.Properties.TimeoutInMillis)
})

describe('who may call', () => {
  test('signed requests only, by default', () => {
    for (const template of [prod, new StageTemplate('dev')])
      expect(routes(template).map(({ AuthorizationType }) => AuthorizationType)).toEqual(['AWS_IAM', 'AWS_IAM'])
  })

  test('holders of a token, by configuration', () => {
    const scopes = { viewerScope: 'outbox/read', operatorScope: 'outbox/operate' }
    const jwt = { authorization: 'jwt', jwtIssuer: 'https://issuer.example.com', jwtAudience: 'web,app', ...scopes }
    const template = new StageTemplate('prod', jwt)
    const authorizers = template.ofType('AWS::ApiGatewayV2::Authorizer')
    expect(authorizers).toHaveLength(1)
    expect(authorizers[0]!.Properties).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: 'https://issuer.example.com', Audience: ['web', 'app'] },
    })
    for (const route of routes(template))
      expect(route).toMatchObject({ AuthorizationType: 'JWT', AuthorizerId: { Ref: authorizers[0]!.id } })
  })

  test('anybody on this machine', () => {
    expect(routes(local).map(({ AuthorizationType }) => AuthorizationType)).toEqual(['NONE', 'NONE'])
  })

  test('no page of another origin', () => {
    expect(prod.ofType('AWS::ApiGatewayV2::Api')[0]!.Properties.CorsConfiguration).toBeUndefined()
  })

  test('only this API may invoke the function', () => {
    const permissions = prod
      .ofType('AWS::Lambda::Permission')
      .filter(({ Properties }) => prod.say(Properties.FunctionName) === 'api')
    expect(permissions.length).toBeGreaterThan(0)
    for (const { Properties } of permissions) {
      expect(Properties.Principal).toBe('apigateway.amazonaws.com')
      expect(prod.say(Properties.SourceArn)).toMatch(/^arn:<AWS::Partition>:execute-api:.*:\w+\/\*\/\*\//)
    }
  })
})

test('requests are throttled as the stage says', () => {
  expect(stage(prod).DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 })
  expect(stage(local).DefaultRouteSettings.ThrottlingRateLimit).toBe(10_000)
})

test('each request leaves a line of JSON in a log group of the stack, without query, headers or body', () => {
  const { Format, DestinationArn } = stage(prod).AccessLogSettings
  const line = JSON.parse(Format)
  expect(line).toMatchObject({ requestId: '$context.requestId', status: '$context.status' })
  expect(Object.keys(line).filter((key) => /query|header|body/i.test(key))).toEqual([])
  const [group] = prod
    .ofType('AWS::Logs::LogGroup')
    .filter(({ Properties }) => Properties.LogGroupName === '/aws/vendedlogs/OutboxRelay-prod-api')
  expect(JSON.stringify(DestinationArn)).toContain(group!.id)
  expect(group!.Properties.RetentionInDays).toBe(90)
})

test('the API is updated after the relays and their mappings, which must know a lane before its first job', () => {
  const { DependsOn } = prod.json.Resources[prod.named('AWS::Lambda::Function', 'api').id]
  for (const name of ['relay', 'relay-ordered']) {
    const relay = prod.named('AWS::Lambda::Function', name).id
    const mappings = prod
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ Properties }) => Properties.FunctionName.Ref === relay)
      .map(({ id }) => id)
    expect(mappings).toHaveLength(1)
    expect(DependsOn).toEqual(expect.arrayContaining([relay, ...mappings]))
  }
})
