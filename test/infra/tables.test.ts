import { describe, expect, test } from 'vitest'
import { StageTemplate } from './support/template.ts'

const prod = new StageTemplate('prod')
const dev = new StageTemplate('dev')
const table = (name: string, template = prod) => template.named('AWS::DynamoDB::Table', name)
const names = ['records', 'outbox', 'effects']
const keys = (schema: { AttributeName: string }[]) => schema.map(({ AttributeName }) => AttributeName)

test.each([
  ['records', ['pk', 'sk']],
  ['outbox', ['pk', 'sk']],
  ['effects', ['pk']],
])('%s has the keys %j, all text', (name, expected) => {
  const { KeySchema, AttributeDefinitions } = table(name).Properties
  expect(keys(KeySchema)).toEqual(expected)
  expect(AttributeDefinitions.map((a: { AttributeType: string }) => a.AttributeType)).not.toContain('N')
})

test('only the outbox has a stream, with what was inserted', () => {
  expect(table('outbox').Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_IMAGE' })
  expect(table('records').Properties.StreamSpecification).toBeUndefined()
  expect(table('effects').Properties.StreamSpecification).toBeUndefined()
})

test('outbox items and effects expire, and so does a record that says when', () => {
  const expiry = { AttributeName: 'expiresAt', Enabled: true }
  expect(table('outbox').Properties.TimeToLiveSpecification).toEqual(expiry)
  expect(table('effects').Properties.TimeToLiveSpecification).toEqual(expiry)
  expect(table('records').Properties.TimeToLiveSpecification).toEqual(expiry)
})

test.each([
  ['records', 'listed', ['_listed', 'pk'], { ProjectionType: 'ALL' }],
  ['outbox', 'due', ['due', 'dueAt'], { ProjectionType: 'INCLUDE', NonKeyAttributes: ['lane', 'debounced'] }],
  ['effects', 'failing', ['failing', 'failingAt'], { ProjectionType: 'ALL' }],
  ['effects', 'batches', ['batches', 'batchesAt'], { ProjectionType: 'KEYS_ONLY' }],
])('%s has the sparse index %s', (name, index, expected, projection) => {
  const indexes = indexesOf(name)
  const found = indexes.find(({ IndexName }) => IndexName === index)
  expect(found).toMatchObject({ Projection: projection })
  expect(keys(found?.KeySchema ?? [])).toEqual(expected)
})

test('no table has another global index', () => {
  expect(names.map((name) => indexesOf(name).length)).toEqual([1, 1, 2])
})

function indexesOf(name: string): { IndexName: string; KeySchema: { AttributeName: string }[] }[] {
  return table(name).Properties.GlobalSecondaryIndexes
}

describe('the index of all jobs', () => {
  const indexes = (template: StageTemplate) =>
    table('outbox', template).Properties.GlobalSecondaryIndexes.map(({ IndexName }: { IndexName: string }) => IndexName)
  const knows = (template: StageTemplate) =>
    template.named('AWS::Lambda::Function', 'api').Properties.Environment.Variables.JOB_INDEX
  const on = new StageTemplate('prod', { jobIndex: 'true' })
  const off = new StageTemplate('dev', { jobIndex: 'false' })

  test.each([
    ['local', new StageTemplate('local'), true],
    ['dev', dev, true],
    ['prod', prod, false],
    ['prod with jobIndex', on, true],
    ['dev without jobIndex', off, false],
  ])('on stage %s: the API knows whether the table has it', (_, template, hasIt) => {
    expect(indexes(template)).toEqual(hasIt ? ['due', 'jobs'] : ['due'])
    expect(knows(template)).toBe(hasIt ? 'true' : undefined)
  })

  test('has what is written once, so that a change of an item costs no write of the index', () => {
    const [, index] = table('outbox', on).Properties.GlobalSecondaryIndexes
    expect(keys(index.KeySchema)).toEqual(['listed', 'listedAt'])
    expect(index.Projection).toEqual({ ProjectionType: 'INCLUDE', NonKeyAttributes: ['type', 'lane'] })
  })
})

test('only the outbox has a local index: the turns of a group, without payloads', () => {
  const [turns, ...more] = table('outbox').Properties.LocalSecondaryIndexes
  expect(more).toEqual([])
  expect(keys(turns.KeySchema)).toEqual(['pk', 'turn'])
  expect(turns.Projection.NonKeyAttributes).toEqual(['lane', 'runAt', 'createdAt', 'seq'])
  for (const name of ['records', 'effects']) expect(table(name).Properties.LocalSecondaryIndexes).toBeUndefined()
})

test('a table key is no index key, or every item would be in the index', () => {
  const { KeySchema, GlobalSecondaryIndexes } = table('outbox').Properties
  expect(keys(GlobalSecondaryIndexes[0].KeySchema)).not.toEqual(expect.arrayContaining(keys(KeySchema)))
})

describe.each(names)('%s', (name) => {
  test('is on demand and restorable to any second, in every stage', () => {
    for (const template of [prod, dev, new StageTemplate('local')]) {
      const { BillingMode, PointInTimeRecoverySpecification } = table(name, template).Properties
      expect(BillingMode).toBe('PAY_PER_REQUEST')
      expect(PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true })
    }
  })

  test('survives its stack in prod, and cannot be deleted by mistake', () => {
    const { DeletionPolicy, UpdateReplacePolicy, Properties } = table(name)
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    })
    expect(Properties.DeletionProtectionEnabled).toBe(true)
  })

  test('goes with its stack in dev', () => {
    const { DeletionPolicy, Properties } = table(name, dev)
    expect(DeletionPolicy).toBe('Delete')
    expect(Properties.DeletionProtectionEnabled).toBe(false)
  })
})
