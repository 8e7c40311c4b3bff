import { expect, test } from 'vitest'
import { readStack } from '../template/load.ts'
import { writeAssembly } from './support/template.ts'

/** What a value in a template stands for, seen through an output. */
function resolved(value: unknown, sections: Record<string, unknown> = {}, resources: Record<string, object> = {}) {
  const assembly = writeAssembly({ resources, sections: { Outputs: { Value: { Value: value } }, ...sections } })
  return readStack(assembly.assemblyDir, assembly.stackName, { awsPort: 4566 }).outputs.Value
}

const queue = { Jobs: { Type: 'AWS::SQS::Queue', Properties: {} } }
const sections = {
  Parameters: { Size: { Type: 'Number', Default: 5 } },
  Mappings: { Limits: { 'us-east-1': { burst: '20' } } },
  Conditions: {
    Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
    Elsewhere: { 'Fn::Not': [{ Condition: 'Here' }] },
    Both: { 'Fn::And': [{ Condition: 'Here' }, { Condition: 'Elsewhere' }] },
    Either: { 'Fn::Or': [{ Condition: 'Here' }, { Condition: 'Elsewhere' }] },
  },
}

test.each([
  ['Ref of a pseudo parameter', { Ref: 'AWS::AccountId' }, '000000000000'],
  ['Ref of a parameter is its default', { Ref: 'Size' }, '5'],
  ['Ref of a queue is its URL on the local endpoint', { Ref: 'Jobs' }, 'http://127.0.0.1:4566/000000000000/Test-Jobs'],
  ['Fn::GetAtt', { 'Fn::GetAtt': ['Jobs', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Test-Jobs'],
  ['Fn::GetAtt with a dot', { 'Fn::GetAtt': 'Jobs.QueueName' }, 'Test-Jobs'],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Size' }, 'b']] }, 'a-5-b'],
  ['Fn::Sub with names and attributes', { 'Fn::Sub': '${AWS::Region}/${Jobs.QueueName}' }, 'us-east-1/Test-Jobs'],
  ['Fn::Sub with names of its own', { 'Fn::Sub': ['${own}-${Size}', { own: { Ref: 'Size' } }] }, '5-5'],
  ['Fn::Sub leaves ${!Literal} as ${Literal}', { 'Fn::Sub': '${!Size}' }, '${Size}'],
  ['Fn::Select and Fn::Split', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Limits', { Ref: 'AWS::Region' }, 'burst'] }, '20'],
  ['Fn::If', { 'Fn::If': ['Here', 'yes', 'no'] }, 'yes'],
  ['Fn::Not', { 'Fn::If': ['Elsewhere', 'yes', 'no'] }, 'no'],
  ['Fn::And', { 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
  ['Fn::Or', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
])('%s', (_, value, expected) => {
  expect(resolved(value, sections, queue)).toBe(expected)
})

test('AWS::NoValue takes the property away, so that its default applies', () => {
  const { assemblyDir, stackName } = writeAssembly({
    resources: {
      Jobs: {
        Type: 'AWS::SQS::Queue',
        Properties: { VisibilityTimeout: { 'Fn::If': ['Never', 60, { Ref: 'AWS::NoValue' }] } },
      },
    },
    sections: { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } },
  })
  expect(readStack(assemblyDir, stackName, { awsPort: 4566 }).queues[0]?.attributes).toEqual({})
})

test('a resource whose condition does not hold is not there', () => {
  const { assemblyDir, stackName } = writeAssembly({
    resources: { Metadata: { Type: 'AWS::Unknown::Thing', Condition: 'Never' } },
    sections: { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } },
  })
  expect(() => readStack(assemblyDir, stackName, { awsPort: 4566 })).not.toThrow()
})

test.each([
  ['an unknown intrinsic', { 'Fn::ImportValue': 'other' }, 'Value (output): Fn::ImportValue is not known here'],
  ['a dynamic reference', '{{resolve:ssm:/key}}', 'would be looked up in an AWS account'],
  ['a reference to nothing', { Ref: 'Nobody' }, 'it refers to Nobody, which is not in the template'],
  ['an unknown attribute', { 'Fn::GetAtt': ['Jobs', 'Colour'] }, 'AWS::SQS::Queue has no such attribute here'],
  ['an unknown condition', { 'Fn::If': ['Never', 1, 2] }, 'the condition Never, which is not in the template'],
])('%s is refused, with its place', (_, value, message) => {
  expect(() => resolved(value, {}, queue)).toThrow(message)
})

test('a condition that is made of itself is refused', () => {
  const circular = { Conditions: { A: { Condition: 'B' }, B: { Condition: 'A' } } }
  expect(() => resolved({ 'Fn::If': ['A', 1, 2] }, circular)).toThrow('refers to itself')
})

test('a parameter without a default is refused: nobody is asked here', () => {
  expect(() => resolved({ Ref: 'Mail' }, { Parameters: { Mail: { Type: 'String' } } })).toThrow(
    'Mail (parameter String): it has no default value',
  )
})

test('a section that would change what is deployed is refused', () => {
  expect(() => resolved('x', { Transform: 'AWS::Serverless-2016-10-31' })).toThrow('Transform')
})
