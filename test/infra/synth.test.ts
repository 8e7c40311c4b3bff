import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { afterAll, describe, expect, test } from 'vitest'
import { createApp } from '../../infra/create-app.ts'
import { StageTemplate } from './support/template.ts'

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
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
]

const root = join(import.meta.dirname, '../..')
const directory = mkdtempSync(join(tmpdir(), 'outbox-relay-synth-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Runs the app as the CDK's CLI and the local stack do. */
function runApp(stage: string) {
  const output = join(directory, stage)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify({ stage }) },
  })
  return { output, status, stdout, stderr }
}

describe.each(['local', 'dev', 'prod'])('stage %s', (stage) => {
  const { output, status, stderr } = runApp(stage)

  test('synthesizes: no finding of cdk-nag, none of CloudFormation’s schema', () => {
    expect(stderr).not.toMatch(/error|warning/i)
    expect(status).toBe(0)
    expect(JSON.parse(readFileSync(join(output, 'validation-report.json'), 'utf8')).pluginReports).toEqual([])
  })

  test('bundles each function into one file with the SDK in it', () => {
    const template = JSON.parse(readFileSync(join(output, `OutboxRelay-${stage}.template.json`), 'utf8'))
    const keys = Object.values<{ Type: string; Properties: { Code: { S3Key: string } } }>(template.Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties.Code.S3Key.replace('.zip', ''))
    for (const key of new Set(keys)) {
      expect(readdirSync(join(output, `asset.${key}`))).toEqual(['index.mjs'])
      const code = readFileSync(join(output, `asset.${key}`, 'index.mjs'), 'utf8')
      expect(code).not.toMatch(/from\s*["']@aws-/)
    }
  })
})

test('an unknown stage is one line, and nothing is written', () => {
  const { output, status, stderr } = runApp('staging')
  expect(status).toBe(1)
  expect(stderr.trim()).toBe('Unknown stage "staging": choose one of local, dev, prod with -c stage=<name>')
  expect(existsSync(join(output, 'manifest.json'))).toBe(false)
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
  const app = createApp({ stage: 'dev', 'aws:cdk:bundling-stacks': [] }, join(directory, 'open'))
  new Queue(app.node.findChild('OutboxRelay-dev'), 'Open')
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/)
})
