/** Every reference of every stage's template leads somewhere. CloudFormation would say so minutes into a deploy. */
import { describe, expect, test } from 'vitest'
import { type Props, StageTemplate } from './support/template.ts'

const scopes = { viewerScope: 'outbox/read', operatorScope: 'outbox/operate' }
const jwt = { authorization: 'jwt', jwtIssuer: 'https://issuer.example.com', jwtAudience: 'shop', ...scopes }
const everything = { mailSender: 'shop@example.com', alarmEmail: 'ops@example.com' }

/** What `Fn::GetAtt` may ask of each type; of a type that is not here, nothing. From CloudFormation's reference. */
const attributes: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGateway::RestApi': ['RestApiId', 'RootResourceId'],
  'AWS::ApiGateway::Resource': ['ResourceId'],
  'AWS::ApiGatewayV2::Api': ['ApiEndpoint', 'ApiId'],
  'AWS::ApiGatewayV2::Authorizer': ['AuthorizerId'],
  'AWS::CloudWatch::Alarm': ['Arn'],
  'AWS::DynamoDB::Table': ['Arn', 'StreamArn'],
  'AWS::IAM::ManagedPolicy': ['PolicyArn'],
  'AWS::IAM::Role': ['Arn', 'RoleId'],
  'AWS::KMS::Key': ['Arn', 'KeyId'],
  'AWS::Lambda::EventSourceMapping': ['EventSourceMappingArn', 'Id'],
  'AWS::Lambda::Function': ['Arn'],
  'AWS::Logs::LogGroup': ['Arn'],
  'AWS::Scheduler::Schedule': ['Arn'],
  'AWS::Scheduler::ScheduleGroup': ['Arn'],
  'AWS::SNS::Topic': ['TopicArn', 'TopicName'],
  'AWS::SQS::Queue': ['Arn', 'QueueName', 'QueueUrl'],
}
const pseudo = /^AWS::(AccountId|NoValue|NotificationARNs|Partition|Region|StackId|StackName|URLSuffix)$/

/** Every reference that leads nowhere, with the place that holds it. */
function brokenReferences({ Resources = {}, Parameters = {}, Conditions = {}, ...rest }: Props): string[] {
  const broken: string[] = []
  const ref = (name: string, at: string) => {
    if (!(name in Resources || name in Parameters || pseudo.test(name))) broken.push(`${at}: Ref ${name}`)
  }
  const attribute = (path: string, at: string) => {
    const [id = '', ...name] = path.split('.')
    const known = attributes[Resources[id]?.Type] ?? []
    if (!known.includes(name.join('.'))) broken.push(`${at}: GetAtt ${path} of ${Resources[id]?.Type}`)
  }
  const read: Readonly<Record<string, (value: Props[string], at: string) => void>> = {
    Ref: ref,
    'Fn::GetAtt': (value, at) => attribute([value].flat().join('.'), at),
    'Fn::Sub': (value, at) => {
      const [text, own = {}] = [value].flat()
      for (const [, name = ''] of text.matchAll(/\$\{([^!][^}]*)\}/g))
        if (!(name in own)) (name.includes('.') ? attribute : ref)(name, at)
    },
    'Fn::If': ([condition], at) => void (condition in Conditions || broken.push(`${at}: condition ${condition}`)),
    Condition: (name, at) => {
      if (typeof name === 'string' && !(name in Conditions)) broken.push(`${at}: condition ${name}`)
    },
    DependsOn: (value, at) => {
      for (const id of [value].flat()) if (!(id in Resources)) broken.push(`${at}: DependsOn ${id}`)
    },
  }
  const walk = (value: unknown, at: string) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      read[key]?.(inner, at)
      walk(inner, `${at}/${key}`)
    }
  }
  for (const [id, resource] of Object.entries<Props>(Resources)) walk({ ...resource, Metadata: {} }, id)
  walk(rest, 'template')
  return broken
}

const templates: readonly [string, string, Props][] = [
  ['local', 'as it is', {}],
  ['localstack', 'as it is', {}],
  ['dev', 'with a sender and a subscriber', everything],
  ['dev', 'behind a REST API', { apiType: 'rest' }],
  ['prod', 'with a sender and a subscriber', everything],
  ['prod', 'for holders of a token', jwt],
  ['prod', 'behind a REST API', { apiType: 'rest' }],
]

test.each(templates)('no reference of stage %s, %s, leads nowhere', (stage, _, context) => {
  expect(brokenReferences(new StageTemplate(stage, context).json)).toEqual([])
})

describe('a reference that leads nowhere is found', () => {
  const Table = { Type: 'AWS::DynamoDB::Table' }
  const found = (Properties: object, more: object = {}) =>
    brokenReferences({ Resources: { Table, It: { Type: 'AWS::Lambda::Function', Properties, ...more } } })

  test.each<[string, object, object?]>([
    ['to a resource', { Role: { Ref: 'Gone' } }],
    ['to an attribute', { Role: { 'Fn::GetAtt': ['Table', 'Url'] } }],
    ['to an attribute of a resource', { Role: { 'Fn::GetAtt': ['Gone', 'Arn'] } }],
    ['inside a text', { Name: { 'Fn::Sub': 'a-${Gone}' } }],
    ['to an attribute inside a text', { Name: { 'Fn::Sub': ['${Mine}-${Table.Url}', { Mine: 'x' }] } }],
    ['to a condition', { Name: { 'Fn::If': ['IsGone', 'a', 'b'] } }],
    ['in an order of creation', {}, { DependsOn: ['Gone'] }],
  ])('%s', (_, properties, more) => expect(found(properties, more)).toHaveLength(1))

  test('and one that leads somewhere is not', () => {
    expect(
      found({ A: { 'Fn::Sub': '${AWS::Region}-${Table}-${!Literal}-${Table.Arn}' }, B: { Ref: 'Table' } }),
    ).toEqual([])
  })
})
