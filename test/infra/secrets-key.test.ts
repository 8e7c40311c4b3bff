import { expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const stages = ['local', 'dev', 'prod'].map((stage) => new StageTemplate(stage))
const prod = new StageTemplate('prod')

/** The key that an alias of the stage points to. */
function keyOf(template: StageTemplate) {
  const [alias] = template.ofType('AWS::KMS::Alias')
  expect(alias?.Properties.AliasName).toBe(`alias/OutboxRelay-${template.stage}-secrets`)
  return template.byId(template.say(alias?.Properties.TargetKeyId))
}

test.each(stages)('$stage has a key of its own for secrets, rotated, and hard to lose', (template) => {
  expect(keyOf(template).Properties).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 30 })
})

test('prod keeps it even when the stack goes: with it every secret would', () => {
  expect(keyOf(prod)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' })
})

test('its policy names nobody but the account, whose identity policies decide', () => {
  expect(keyOf(prod).Properties.KeyPolicy.Statement.map(({ Principal }: { Principal: object }) => Principal)).toEqual([
    { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']] } },
  ])
})

test('the API and the consumers are told of it, nobody else', () => {
  const told = prod
    .ofType('AWS::Lambda::Function')
    .filter(({ Properties }) => Properties.Environment?.Variables?.SECRETS_KEY !== undefined)
    .map(({ Properties }) => Properties.FunctionName.replace('OutboxRelay-prod-', ''))
  expect(told.sort()).toEqual(['api', 'consume-bulk', 'consume-default', 'consume-ordered', 'consume-urgent'])
})

test('a stage without secrets can do without the dollar a month', () => {
  const cheap = new StageTemplate('dev', { secretsKey: 'false' })
  expect(cheap.ofType('AWS::KMS::Key')).toEqual([])
  expect(JSON.stringify(cheap.json)).not.toMatch(/kms:|SECRETS_KEY/)
})
