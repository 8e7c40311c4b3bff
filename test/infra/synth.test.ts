import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type App, CfnResource } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { describe, expect, test } from 'vitest'
import { runApp } from './support/app.ts'
import { findingsIn, findingsOf, type Props, StageTemplate } from './support/template.ts'

/** Types that the local stack can run, or may pass over because nothing of the application depends on them. */
const types = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::QueryDefinition',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
]

/** The app as the CDK's CLI and the local stack run it, bundling included; it works while the other tests do. */
const run = runApp({ stage: 'local' })

test.each([
  ['dev', 'http'],
  ['prod', 'http'],
  ['dev', 'rest'],
  ['prod', 'rest'],
  ['localstack', 'rest'],
])('stage %s with API type %s synthesizes without a finding of cdk-nag or of the schema', (stage, apiType) => {
  expect(findingsOf(stage, { apiType })).toEqual([])
})

const scopes = { viewerScope: 'outbox/read', operatorScope: 'outbox/operate' }
const jwt = { authorization: 'jwt', jwtIssuer: 'https://issuer.example.com', jwtAudience: 'web,app', ...scopes }
const mail = { mailSender: 'shop@example.com', alarmEmail: 'ops@example.com' }

/** cdk-nag runs in each of these, whatever a stage was given; the construct's own variants: `outbox-relay.test.ts`. */
test.each<[string, object]>([
  ['prod', jwt],
  ['dev', { ...jwt, ...mail, secretsKey: 'false', alarmTopicKey: 'true', tracing: 'true' }],
  ['prod', { ...mail, apiType: 'rest', secretsKey: 'false', alarmTopicKey: 'false', tracing: 'true' }],
])('no finding of cdk-nag about stage %s with %o', (stage, context) => {
  expect(findingsOf(stage, context as Props)).toEqual([])
})

test('the stage local has no resource that the local stack could not know', () => {
  const found = new Set(new StageTemplate('local').resources.map(({ Type }) => Type))
  expect([...found].sort()).toEqual(types)
})

test('no stage has a custom resource', () => {
  for (const stage of ['dev', 'prod'])
    expect(new StageTemplate(stage).resources.filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([])
})

test('cdk-nag watches: an open queue is refused', () => {
  const openQueue = (app: App) => void new Queue(app.node.findChild('OutboxRelay-dev'), 'Open')
  expect(() => findingsOf('dev', {}, openQueue)).toThrow(/AwsSolutions-SQS4/)
})

test('the schema check watches: a property that CloudFormation does not know is refused', () => {
  const wrong = (app: App) =>
    void new CfnResource(app.node.findChild('OutboxRelay-dev'), 'Wrong', {
      type: 'AWS::SNS::Topic',
      properties: { DisplayNam: 'x' },
    })
  expect(() => findingsOf('dev', {}, wrong)).toThrow(/DisplayNam/)
})

describe('the app, run for the stage local', () => {
  test('synthesizes: no finding of cdk-nag, none of CloudFormation’s schema', async () => {
    const { directory, status, stderr } = await run
    expect(stderr).not.toMatch(/error|warning/i)
    expect(status).toBe(0)
    expect(findingsIn(directory)).toEqual([])
  })

  test('bundles each function into one file with the SDK in it', async () => {
    const { directory } = await run
    const template = JSON.parse(readFileSync(join(directory, 'OutboxRelay-local.template.json'), 'utf8'))
    const keys = Object.values<{ Type: string; Properties: { Code: { S3Key: string } } }>(template.Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties.Code.S3Key.replace('.zip', ''))
    for (const key of new Set(keys)) {
      expect(readdirSync(join(directory, `asset.${key}`))).toEqual(['index.mjs'])
      const code = readFileSync(join(directory, `asset.${key}`, 'index.mjs'), 'utf8')
      expect(code).not.toMatch(/from\s*["']@aws-/)
    }
  })
})
