/**
 * What holds data keeps its identity from deploy to deploy. `stateful.json` is the committed list: a logical id, a name, a
 * key or a FIFO-ness that differs would make CloudFormation replace the resource, and what was in it would be gone, or
 * (prod) left behind, out of sight of the stack.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Props, type Resource, StageTemplate } from './support/template.ts'

/** Of each stateful type, the properties that CloudFormation cannot change in place ("Update requires: Replacement"). */
const identity: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::KMS::Key': [],
  // CloudFormation replaces a policy for its name, description or path; with a fixed name the new one already exists.
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName', 'Description', 'Path'],
}
const file = join(import.meta.dirname, 'stateful.json')
const stages = ['dev', 'prod']

function identityOf({ Type, Properties }: Resource): Props {
  const properties = identity[Type]!.filter((name) => Properties[name] !== undefined)
  return { Type, ...Object.fromEntries(properties.map((name) => [name, Properties[name]])), ...keyTypes(Properties) }
}

/** The type of a key attribute is as good as its name; other attributes come and go with the indexes. */
function keyTypes({ KeySchema, AttributeDefinitions = [] }: Props): Props {
  if (!KeySchema) return {}
  const keys = KeySchema.map((key: Props) => key.AttributeName)
  return { keyTypes: AttributeDefinitions.filter((one: Props) => keys.includes(one.AttributeName)) }
}

const statefulOf = (template: StageTemplate) =>
  Object.fromEntries(
    template.resources
      .filter(({ Type }) => Object.hasOwn(identity, Type))
      .map((resource) => [resource.id, identityOf(resource)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  )

type Frozen = Readonly<Record<string, Readonly<Record<string, Props>>>>

/** `FREEZE=1 npx vitest run --project infra test/infra/stateful.test.ts` writes the list anew; read what it changes. */
function frozen(): Frozen {
  if (process.env.FREEZE) {
    const now = Object.fromEntries(stages.map((stage) => [stage, statefulOf(new StageTemplate(stage))]))
    writeFileSync(file, `${JSON.stringify(now, undefined, 2)}\n`)
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What would be replaced or deleted, and what is not yet on the list, in words. */
function changes(before: Readonly<Record<string, Props>>, now: Readonly<Record<string, Props>>): string[] {
  const gone = Object.entries(before).flatMap(([id, was]) => {
    if (!now[id]) return [`${id} (${was.Type}) would be deleted, with all it holds`]
    const differs = Object.keys({ ...was, ...now[id] }).filter(
      (name) => JSON.stringify(was[name]) !== JSON.stringify(now[id]![name]),
    )
    return differs.length > 0 ? [`${id} (${was.Type}) would be replaced: ${differs.join(', ')}`] : []
  })
  const added = Object.keys(now).filter((id) => !before[id])
  return [...gone, ...added.map((id) => `${id} is new: add it to test/infra/stateful.json with FREEZE=1`)]
}

describe.each(stages)('stage %s', (stage) => {
  const known = frozen()[stage] ?? {}

  test('keeps every table, queue, topic, log group, key and managed policy that it has', () => {
    expect(changes(known, statefulOf(new StageTemplate(stage)))).toEqual([])
  })

  test('keeps them behind a REST API as well', () => {
    expect(changes(known, statefulOf(new StageTemplate(stage, { apiType: 'rest' })))).toEqual([])
  })
})

describe('a change that loses data is found', () => {
  const before = statefulOf(new StageTemplate('prod'))
  const [table = ''] = Object.keys(before).filter((id) => before[id]!.Type === 'AWS::DynamoDB::Table')
  const [queue = ''] = Object.keys(before).filter((id) => before[id]!.Type === 'AWS::SQS::Queue')

  const [policy = ''] = Object.keys(before).filter((id) => before[id]!.Type === 'AWS::IAM::ManagedPolicy')

  test.each<[string, string, Props]>([
    ['another name of a table', table, { TableName: 'other' }],
    ['another key of a table', table, { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }],
    ['another type of a key', table, { keyTypes: [{ AttributeName: 'pk', AttributeType: 'N' }] }],
    ['another kind of queue', queue, { FifoQueue: true }],
    ['another description of a policy', policy, { Description: 'other' }],
  ])('%s', (_, id, change) => {
    expect(changes(before, { ...before, [id]: { ...before[id], ...change } })).toHaveLength(1)
  })

  test('another logical id', () => {
    const { [table]: moved, ...rest } = before
    expect(changes(before, { ...rest, Moved: moved! })).toHaveLength(2)
  })
})
