/** What is left when a stage is taken away: of dev nothing, of prod all that holds data. */
import { describe, expect, test } from 'vitest'
import { type Resource, StageTemplate } from './support/template.ts'

const policies = ({ DeletionPolicy, UpdateReplacePolicy }: Resource) => [DeletionPolicy, UpdateReplacePolicy]
const apiTypes = ['http', 'rest']

describe.each(apiTypes)('dev with API type %s', (apiType) => {
  const dev = new StageTemplate('dev', { apiType, mailSender: 'shop@example.com', alarmEmail: 'ops@example.com' })

  test('retains no resource, and takes no snapshot of one', () => {
    const kept = dev.resources.filter((resource) =>
      policies(resource).some((policy) => (policy ?? 'Delete') !== 'Delete'),
    )
    expect(kept.map(({ id }) => id)).toEqual([])
  })

  test('says of every table, queue and log group that it goes, so that no default decides', () => {
    const types = ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup']
    for (const resource of types.flatMap((type) => dev.ofType(type)))
      expect([resource.id, ...policies(resource)]).toEqual([resource.id, 'Delete', 'Delete'])
  })

  test('protects nothing from deletion', () => {
    expect(dev.isProtected).toBe(false)
    for (const { Properties } of dev.ofType('AWS::DynamoDB::Table'))
      expect(Properties.DeletionProtectionEnabled ?? false).toBe(false)
  })

  test('has a log group of its own for every function, none that Lambda would make by itself', () => {
    for (const { id, Properties } of dev.ofType('AWS::Lambda::Function')) {
      const group = Properties.LoggingConfig?.LogGroup?.Ref
      expect([id, group && dev.byId(group).Type]).toEqual([id, 'AWS::Logs::LogGroup'])
    }
  })

  test('lets no function make a log group', () => {
    const actions = JSON.stringify(dev.ofType('AWS::IAM::Policy').map(({ Properties }) => Properties.PolicyDocument))
    expect(actions).not.toContain('logs:CreateLogGroup')
  })

  test('writes no execution log, whose group no stack would own', () => {
    for (const { Properties } of dev.ofType('AWS::ApiGateway::Stage'))
      for (const setting of Properties.MethodSettings) expect(setting.LoggingLevel ?? 'OFF').toBe('OFF')
  })

  test('has no custom resource, whose own log group would stay', () => {
    expect(dev.resources.filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([])
  })
})

describe.each(apiTypes)('prod with API type %s', (apiType) => {
  const prod = new StageTemplate('prod', { apiType })

  test('keeps nothing of a first deploy that failed, whose names would stop the next one', () => {
    expect(prod.resources.filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain').map(({ id }) => id)).toEqual([])
  })

  test('keeps tables, queues and logs when its stack goes or replaces them, and its tables refuse deletion', () => {
    const types = ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup']
    for (const resource of types.flatMap((type) => prod.ofType(type)))
      expect([resource.id, ...policies(resource)]).toEqual([resource.id, 'RetainExceptOnCreate', 'Retain'])
    for (const { Properties } of prod.ofType('AWS::DynamoDB::Table'))
      expect(Properties.DeletionProtectionEnabled).toBe(true)
  })

  test('refuses to be destroyed', () => expect(prod.isProtected).toBe(true))

  test('keeps the key without which what it keeps cannot be read', () => {
    const keys = prod.ofType('AWS::KMS::Key').filter(({ id }) => id.startsWith('Secrets'))
    expect(keys.map(policies)).toEqual([['RetainExceptOnCreate', 'Retain']])
  })
})
