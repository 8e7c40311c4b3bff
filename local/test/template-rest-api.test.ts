/** A REST API of a template: its tree of resources becomes routes, and what is not emulated is refused. */
import { expect, test } from 'vitest'
import { readStack } from '../template/load.ts'
import { writeAssembly } from './support/template.ts'

const RestApiId = { Ref: 'Api' }
const root = { 'Fn::GetAtt': ['Api', 'RootResourceId'] }
const Uri = {
  'Fn::Join': [
    '',
    [
      'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/',
      { 'Fn::GetAtt': ['Work', 'Arn'] },
      '/invocations',
    ],
  ],
}
const Integration = { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri }

const method = (ResourceId: object, own: object = {}) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: { RestApiId, ResourceId, HttpMethod: 'ANY', AuthorizationType: 'NONE', Integration, ...own },
})
const resource = (ParentId: object, PathPart: string) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId, ParentId, PathPart },
})
const api = {
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'shop', BinaryMediaTypes: ['image/png'] } },
  Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId } },
}
const stage = (own: object = {}) => ({
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId, DeploymentId: { Ref: 'Deployment' }, StageName: 'v1', ...own },
  },
})

function load(resources: Record<string, object>) {
  const { assemblyDir, stackName } = writeAssembly({ functions: { Work: '' }, resources })
  return readStack(assemblyDir, stackName, { awsPort: 4566 })
}

test('its resources and methods are routes, with the settings of its stage', () => {
  const MethodSettings = [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }]
  const { apis } = load({
    ...api,
    ...stage({ MethodSettings, TracingEnabled: true }),
    Orders: resource(root, 'orders'),
    Order: resource({ Ref: 'Orders' }, '{id}'),
    Root: method(root, { Integration: { ...Integration, TimeoutInMillis: 20_000 } }),
    GetOrder: method({ Ref: 'Order' }, { HttpMethod: 'GET', AuthorizationType: 'AWS_IAM' }),
  })
  expect(apis).toEqual([
    {
      logicalId: 'Api',
      kind: 'rest',
      id: 'api',
      name: 'shop',
      stageName: 'v1',
      binaryMediaTypes: ['image/png'],
      throttling: { ratePerSecond: 100, burst: 200 },
      routes: [
        { key: 'ANY /', functionName: 'Test-Work', authorization: 'NONE', timeoutMs: 20_000 },
        { key: 'GET /orders/{id}', functionName: 'Test-Work', authorization: 'AWS_IAM' },
      ],
    },
  ])
})

test.each([
  ['no stage', { Root: method(root) }, /Api .*not exactly one stage/],
  ['a stage without its deployment', stage({ DeploymentId: 'gone' }), /Stage .*deployment gone/],
  [
    'a lower limit of one method',
    stage({ MethodSettings: [{ HttpMethod: 'GET', ResourcePath: '/*' }] }),
    /Stage .*HttpMethod/,
  ],
  ['an authorizer', { ...stage(), Root: method(root, { AuthorizationType: 'CUSTOM' }) }, /Root .*AuthorizationType/],
  ['a mock', { ...stage(), Root: method(root, { Integration: { Type: 'MOCK' } }) }, /Root .*Integration/],
  [
    'a longer timeout than AWS allows',
    { ...stage(), Root: method(root, { Integration: { ...Integration, TimeoutInMillis: 30_000 } }) },
    /TimeoutInMillis/,
  ],
])('%s is refused', (_, resources, message) => {
  expect(() => load({ ...api, ...resources })).toThrow(message)
})
