import { describe, expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod', { alarmEmail: 'ops@example.com' })
const dev = new StageTemplate('dev')
const [topic] = prod.ofType('AWS::SNS::Topic')

describe('the topic', () => {
  const statements = (template: StageTemplate) =>
    template.ofType('AWS::SNS::TopicPolicy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement)

  test('lets CloudWatch of this account publish, and refuses whatever comes without TLS', () => {
    expect(statements(prod)).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sns:Publish',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      {
        Sid: expect.any(String),
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: { Ref: topic?.id },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ])
  })

  test('is encrypted, if the stage asks for it, with a key that CloudWatch may use', () => {
    const prod = new StageTemplate('prod', { alarmTopicKey: 'true' })
    const key = prod.byId(prod.say(prod.ofType('AWS::SNS::Topic')[0]?.Properties.KmsMasterKeyId))
    expect(key.Type).toBe('AWS::KMS::Key')
    expect(key.Properties.EnableKeyRotation).toBe(true)
    expect(key.Properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Principal: { Service: 'cloudwatch.amazonaws.com' },
      }),
    )
  })

  test('has the subscriber of the configuration, or none', () => {
    const [subscription] = prod.ofType('AWS::SNS::Subscription')
    expect(subscription?.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' })
    expect(dev.ofType('AWS::SNS::Subscription')).toEqual([])
  })
})
