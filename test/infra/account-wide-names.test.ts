/** A stage can be deployed to two regions of an account. Names that belong to all of its regions must not be the same in both. */
import { expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

/** The types whose names belong to the whole account, or to all of AWS, with the property of the name. */
const nameOf: Readonly<Record<string, string>> = {
  'AWS::CloudFront::Function': 'Name',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::S3::Bucket': 'BucketName',
}

const templates: readonly [string, string][] = [
  ['dev', 'http'],
  ['prod', 'http'],
  ['prod', 'rest'],
]

test.each(templates)('no name of stage %s with API type %s is the same in two regions', (stage, apiType) => {
  const template = new StageTemplate(stage, { apiType })
  const names = template.resources.flatMap(({ Type, Properties }) => {
    const name = Properties[nameOf[Type] ?? '']
    // CloudFormation makes up another name in each stack.
    return name === undefined ? [] : [template.say(name)]
  })
  expect(names.filter((name) => !name.includes('<AWS::Region>'))).toEqual([])
  const prefix = `OutboxRelay-${stage}`
  expect(names.sort()).toEqual([
    `${prefix}-<AWS::Region>`,
    `${prefix}-operator-<AWS::Region>`,
    `${prefix}-viewer-<AWS::Region>`,
  ])
})

test('no output of a stack has a name for other stacks', () => {
  const outputs = Object.values<{ Export?: object }>(new StageTemplate('prod').json.Outputs)
  expect(outputs.filter(({ Export }) => Export)).toEqual([])
})
